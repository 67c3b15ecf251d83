from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.dated import DatedQuery, DatedRead, DatedWrite
from services.districts.role_grants.rules import Kind, LeaderRole, State
from services.districts.vocabulary import words
from shared.wire import Id, Key, Partial

Role = Annotated[
    str, Field(pattern=words(LeaderRole), description="a role of leadership, or an extension: `ext:dataLead`")
]
GrantKind = Annotated[
    Kind, Field(strict=False, description="`formal`: an appointment; `informal`: taken up among colleagues")
]
GrantState = Annotated[
    State, Field(strict=False, description="what was decided; it moves from proposed to active to ended, never back")
]


class RoleGrantWrite(DatedWrite):
    """Nobody holds the same role at the same organisation twice on one day. The dates are the term."""

    person_id: Id
    org_id: Id = Field(description="where: the school, department, or the district itself")
    role: Role
    kind: GrantKind
    state: GrantState


class RoleGrantPatch(Partial, RoleGrantWrite):
    """A merge patch: what is left out stays."""


class RoleGrantRead(DatedRead):
    person_id: UUID
    org_id: UUID
    role: str
    kind: str
    state: str = Field(description="an active one whose term is over is `ended`")
    holds: bool = Field(description="today: active, and within its term")
    gives: list[str] = Field(description="the relationships to the organisation that it gives while it holds")


class RoleGrantQuery(DatedQuery):
    person_id: Id | None = None
    org_id: Id | None = None
    role: Key | None = None
    kind: GrantKind | None = None
    state: GrantState | None = None
