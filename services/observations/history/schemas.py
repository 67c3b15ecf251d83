from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from shared.paging import ListQuery
from shared.wire import Read


class FieldChange(Read):
    field: str
    before: Any
    after: Any


class ChangeRead(Read):
    version: int = Field(description="the version that this change made")
    at: datetime = Field(description="by the server's clock")
    what: str = Field(description="as the event: changed, submitted, shared, reassigned ...")
    person_id: UUID | None = Field(description="who acted; null for a machine")
    client_id: str
    fields: list[str]
    changes: list[FieldChange] | None = Field(
        description="null where the content is not the caller's to read, or was not yet"
    )


class HistoryQuery(ListQuery):
    pass
