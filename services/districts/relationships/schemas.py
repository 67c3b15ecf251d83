from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.relationships.rules import Kind
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Partial, ResourceRead, Wire

RelationshipKind = Annotated[Kind, Field(strict=False)]


class RelationshipWrite(Wire):
    """`teaches_at` and `leads` need `org_id`; `coaches`, `evaluates`, `supervises`, `mentors` a `target_person_id`."""

    person_id: Id
    kind: RelationshipKind
    org_id: Id | None = None
    target_person_id: Id | None = None
    begin_date: Day | None = Field(default=None, description="the first day; null: has always been")
    end_date: Day | None = Field(default=None, description="the last day; null: open")


class RelationshipPatch(Partial, RelationshipWrite):
    """A merge patch: what is left out stays."""


class RelationshipRead(ResourceRead):
    person_id: UUID
    kind: str
    org_id: UUID | None
    target_person_id: UUID | None
    begin_date: date | None
    end_date: date | None
    source: str = Field(description="`roster`: follows from a role and ends with it; `manual`: kept by every import")
    role_id: UUID | None


class RelationshipQuery(ResourceQuery):
    person_id: Id | None = None
    kind: Kind | None = None
    org_id: Id | None = None
    target_person_id: Id | None = None
    on: Annotated[Day | None, Field(description="those that hold on this day")] = None
