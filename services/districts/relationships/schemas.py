from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.dated import AsOf
from services.districts.relationships.rules import Kind
from shared.access.purposes import LeaderClass
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Partial, Read, ResourceRead, Wire

RelationshipKind = Annotated[Kind, Field(strict=False)]


class RelationshipWrite(Wire):
    """`teaches_at` and `leads` need `org_id`; `coaches`, `evaluates`, `supervises`, `mentors` a `target_person_id`."""

    person_id: Id
    kind: RelationshipKind
    org_id: Id | None = None
    target_person_id: Id | None = None
    begin_date: Day | None = Field(default=None, description="the first day; null: has always been")
    end_date: Day | None = Field(default=None, description="the last day; null: open")
    leader_class: Annotated[LeaderClass, Field(strict=False)] | None = Field(
        default=None, description="of `leads`; null: administrative_leader if a role gives it, by hand school_leader"
    )


class RelationshipPatch(Partial, RelationshipWrite):
    """A merge patch: what is left out stays."""


class RelationshipRead(ResourceRead):
    person_id: UUID
    kind: str
    org_id: UUID | None
    target_person_id: UUID | None
    begin_date: date | None
    end_date: date | None
    source: str = Field(
        description="`roster`: follows from a role or role grant and ends with it; `manual`: kept by every import"
    )
    role_id: UUID | None = Field(description="the role or role grant that gives it, or gave it before it was changed")
    denied: bool = Field(description="withdrawn by hand though roles give it: no roster brings it back")
    leader_class: LeaderClass | None = Field(description="as said by hand; see RelationshipWrite")


class RoleReason(Read):
    """A role from which it follows, or would."""

    role_id: UUID
    role: str
    begin_date: date | None
    end_date: date | None
    source: str


class RoleGrantReason(Read):
    """A formal role grant from which it follows."""

    role_grant_id: UUID
    role: str
    begin_date: date
    end_date: date | None


class ChangeReason(Read):
    """Who changed it: a client, perhaps for a person. Imports leave none here; see `roster_import_id`."""

    at: datetime
    client_id: str
    person_id: UUID | None
    request_id: str | None
    changed: list[str]


class OtherRelationship(Read):
    """Another one of the same person and kind, to the same person or organisation."""

    id: UUID
    source: str
    precedence: int
    begin_date: date | None
    end_date: date | None
    archived_at: datetime | None
    denied: bool


class RelationshipWhy(Read):
    """Why it holds or does not: where it comes from, whose word goes before whose, and from when to when."""

    relationship_id: UUID
    source: str
    precedence: int = Field(description="of `overlapping` ones the higher precedence holds: 1 roster, 2 manual")
    holds: bool = Field(description="today")
    begin_date: date | None
    end_date: date | None
    archived_at: datetime | None
    denied: bool
    roles: list[RoleReason] = Field(description="active roles that give the same")
    role_grants: list[RoleGrantReason] = Field(description="active role grants that give the same; no roster ends them")
    roster_import_id: UUID | None = Field(description="the import that last made, changed or ended it")
    changes: list[ChangeReason] = Field(description="by the API, the last 20, the newest first")
    overrides: list[OtherRelationship] = Field(description="what gave way to it")
    overridden_by: list[OtherRelationship] = Field(description="what it gave way to")
    sentences: list[str] = Field(description="the same for people to read")


class RelationshipQuery(ResourceQuery):
    person_id: Id | None = None
    kind: Kind | None = None
    org_id: Id | None = None
    target_person_id: Id | None = None
    as_of: AsOf = None
