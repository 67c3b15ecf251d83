from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from shared.paging import ListQuery
from shared.wire import Read


class ReportHeader(Read):
    observation_id: UUID
    number: int = Field(description="1, 2, 3 ...: the highest one holds")
    made_at: datetime
    observation_version: int
    sha256: str = Field(description="of the content as JSON with sorted keys and without spaces")
    superseded_by: int | None = Field(description="the number of the report that holds instead")


class ReportRead(ReportHeader):
    content: dict[str, Any] = Field(
        description="as an observation, its content and its shared evidence items are read, without the sections that "
        "were not used"
    )


class ReportQuery(ListQuery):
    pass
