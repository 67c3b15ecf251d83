from uuid import UUID

from pydantic import Field

from services.observations.wire import Interval
from shared.paging import ListQuery
from shared.wire import Id, Instant, Read


class LaneBalance(Read):
    """Visits that took place; and of them those whose feedback was shared."""

    teacher_id: UUID
    support: int
    accountability: int
    support_shared: int
    accountability_shared: int
    n: int = Field(description="visits of both lanes")
    support_share: float | None = Field(description="support by n; null where there was none")
    interval: Interval | None = Field(description="Wilson's of `support_share`, at 95 %")
    is_accountability_only: bool = Field(description="visited, and never to support")
    method_version: str


class LaneBalanceQuery(ListQuery):
    teacher_id: Id | None = None
    school_id: Id | None = None
    observed_from: Instant | None = Field(default=None, description="observed then or later")
    observed_before: Instant | None = Field(default=None, description="observed before then")
