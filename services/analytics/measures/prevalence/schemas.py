from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.analytics.data_use.schemas import PurposeListQuery
from services.analytics.measures.schemas import ValueRead
from shared.access.purposes import DataUse
from shared.paging import Page
from shared.wire import Id, Instant, Read


class PrevalenceQuery(PurposeListQuery):
    school_id: Id | None = None
    walk_id: Id | None = None
    look_for_id: Id | None = None
    as_of: Instant | None = Field(default=None, description="walks shared by then. Default, and at most: now")


class PrevalenceRow(Read):
    school_id: UUID
    school_name: str | None
    walk_id: UUID
    started_at: datetime | None
    look_for_id: UUID
    look_for_title: str | None
    previous_walk_id: UUID | None = Field(description="the shared walk before it at this school that looked for it")
    counts: dict[str, int | None] = Field(
        description="stops that saw it and that looked, of this walk and of the one before; null where too few looked"
    )
    values: dict[str, ValueRead]


class PrevalenceAnswer(Page[PrevalenceRow]):
    purpose: DataUse | None = Field(description="for what it was asked; null: nobody said")
    policy_version: int = Field(description="of the district's data-use policy; 0: it has none")
    measure: str
    method_version: str
    as_of: datetime
    n_min: int = Field(description="fewest stops behind a published value")
