from uuid import UUID

from services.districts.rostered import RosterQuery
from shared.wire import ExternalIds, ExternalIdsPatch, Id, Key, Name, Partial, ResourceRead, Wire


class OrgWrite(Wire):
    name: Name
    type: Key
    identifier: Name | None = None
    parent_id: Id | None = None
    external_ids: ExternalIds


class OrgPatch(Partial, OrgWrite):
    """A merge patch: what is left out stays; external_ids are merged, and null removes one."""

    external_ids: ExternalIdsPatch  # type: ignore[assignment]  # it may also remove one


class OrgRead(ResourceRead):
    sourced_id: str
    source: str
    name: str
    type: str
    identifier: str | None
    parent_id: UUID | None
    external_ids: dict[str, str]


class OrgQuery(RosterQuery):
    type: Key | None = None
    parent_id: Id | None = None
