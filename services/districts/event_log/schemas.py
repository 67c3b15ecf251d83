from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from shared.paging import ListQuery
from shared.wire import Key, Read


class EventsQuery(ListQuery):
    types: list[Key] = Field(default_factory=list, max_length=50, description="only these, such as observation.shared")
    wait: int = Field(
        default=0, ge=0, le=30, description="seconds to wait for something to happen, if nothing more is there yet"
    )

    def question(self) -> dict[str, Any]:
        """A place in the log is one, whatever is asked of it: who wants other types from now on keeps the cursor."""
        return {}


class EventRead(Read):
    """Something that happened: what, to which row, which of its fields. Follow `link` for how the row is now."""

    id: UUID
    type: str
    time: datetime
    entity: str
    entity_id: UUID | None = Field(description="null in a batch")
    ids: list[UUID] | None = Field(description="the rows of a batch, at most 1,000; else null")
    changed: list[str] = Field(description="the names of the fields that changed; none in a batch")
    purpose: str | None = Field(description="of what it happened to, where that has one: walk, coaching, ...")
    link: str | None = Field(description="where the row is read; null in a batch")


class EventPage(BaseModel):
    data: list[EventRead]
    next: str = Field(description="where to go on; at the end too, so pass it as `after` when you ask again later")
    more: bool = Field(description="whether more waits already")
    total: int | None = Field(default=None, description="only with `count=true`")
