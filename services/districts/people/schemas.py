from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.districts.people.rules import StaffRole
from services.districts.rostered import RosterQuery
from shared.wire import Day, ExternalIds, ExternalIdsPatch, Id, Key, Name, Partial, Read, ResourceRead, Wire

Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


RoleName = Annotated[
    str,
    Field(
        pattern=rf"^({'|'.join(StaffRole)}|ext:[A-Za-z0-9._-]{{1,80}})$",
        description="a role of OneRoster 1.2 for staff, or an extension of its vocabulary: `ext:instructionalCoach`",
    ),
]


class RoleWrite(Wire):
    role: RoleName
    org_id: Id
    begin_date: Day | None = Field(default=None, description="the first day; null: has always been")
    end_date: Day | None = Field(default=None, description="the last day; null: open")


class PersonWrite(Wire):
    """A member of staff. `roles` are those given by hand; what the roster's source says is left alone by this."""

    given_name: Name
    family_name: Name
    middle_name: Name | None = None
    preferred_given_name: Name | None = None
    preferred_family_name: Name | None = None
    pronouns: Name | None = None
    email: Email | None = None
    username: Name | None = None
    phone: Name | None = None
    primary_org_id: Id | None = None
    external_ids: ExternalIds
    roles: list[RoleWrite] = Field(default_factory=list, max_length=50)


class PersonPatch(Partial, PersonWrite):
    """A merge patch: what is left out stays; roles are replaced as a whole; of external_ids null removes one."""

    external_ids: ExternalIdsPatch  # type: ignore[assignment]  # it may also remove one


class RoleRead(Read):
    role: str
    org_id: UUID
    begin_date: date | None
    end_date: date | None
    source: str = Field(description="`roster`: the source's; `manual`: given by hand, and kept by every import")


class PersonRead(ResourceRead):
    sourced_id: str
    source: str
    given_name: str
    family_name: str
    middle_name: str | None
    preferred_given_name: str | None
    preferred_family_name: str | None
    pronouns: str | None
    email: str | None
    username: str | None
    phone: str | None
    identifier: str | None
    enabled: bool
    primary_org_id: UUID | None
    external_ids: dict[str, str]
    roles: list[RoleRead]
    merged_into: UUID | None = Field(description="the person who this one turned out to be")
    merged_ids: list[UUID] = Field(description="the duplicates that were merged into this person: their ids resolve")


class FormerId(Read):
    sourced_id: str
    until: datetime = Field(description="when the source gave out another one")


class MergedIds(Read):
    """The ids of a duplicate that was merged into the person: they find the person."""

    id: UUID
    sourced_id: str
    identifier: str | None
    user_master_identifier: str | None
    username: str | None
    email: str | None
    external_ids: dict[str, str]


class PersonIds(Read):
    """Every id by which somebody can be looked up: `?external_id=oneroster:` takes the former ones too."""

    id: UUID
    sourced_id: str = Field(description="the roster source's")
    identifier: str | None
    user_master_identifier: str | None
    username: str | None
    email: str | None
    external_ids: dict[str, str]
    former_sourced_ids: list[FormerId]
    merged: list[MergedIds]


class RolesQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[
        Day | None, Field(description="give the roles that held on this day, even if they ended since")
    ] = None


class PersonQuery(RosterQuery):
    role: Annotated[Key | None, Field(description="with this role")] = None
    org_id: Annotated[Id | None, Field(description="with a role at this organisation")] = None
    as_of: Annotated[
        Day | None,
        Field(
            description="with a role, that or any, that held on this day; `roles` are those that did. Who has left "
            "since is there with archived=include"
        ),
    ] = None
    email: Annotated[str | None, Field(max_length=254)] = None
    username: Annotated[str | None, Field(max_length=255)] = None
    identifier: Annotated[str | None, Field(max_length=255, description="OneRoster's: a staff number")] = None
    user_master_identifier: Annotated[str | None, Field(max_length=255)] = None
