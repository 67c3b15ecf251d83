from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.analytics.data_use.schemas import PurposeListQuery
from services.analytics.measures.application.rules import WINDOWS_DAYS, LookDesign, LookGroup, LookSource
from services.analytics.measures.schemas import ValueRead
from shared.access.purposes import DataUse
from shared.paging import Page
from shared.wire import Id, Instant, Read

DEFAULT_WINDOW_DAYS = 365
CAUTION = (
    "This describes what was seen before and after. It does not say that the sessions brought it about: who came was "
    "not drawn by lot, and other things changed too."
)


def a_window(days: int) -> int:
    if days not in WINDOWS_DAYS:
        raise ValueError(f"is one of {', '.join(map(str, WINDOWS_DAYS))}")
    return days


class ApplicationBy(StrEnum):
    ACTIVITY = "activity"
    SCHOOL = "school"
    LOOK_FOR = "look_for"


class ApplicationQuery(PurposeListQuery):
    activity_id: Id = Field(description="the PL activity whose target practices are looked for")
    by: ApplicationBy = Field(
        default=ApplicationBy.ACTIVITY,
        description="activity: all together, and apart who attended; school or look_for: one row for each",
    )
    window_days: Annotated[int, AfterValidator(a_window)] = Field(
        default=DEFAULT_WINDOW_DAYS,
        description="so many days before the first and after the last session count",
        json_schema_extra={"enum": [*WINDOWS_DAYS]},
    )
    as_of: Instant | None = Field(
        default=None,
        description="whose knowledge: that at the end of the last month over by then. Default, and at most: now",
    )


class PracticeRead(Read):
    look_for_id: UUID
    title: str | None = Field(description="null: no version of a framework that is known here has it")


class ActivityRead(Read):
    id: UUID
    title: str
    target_practices: list[PracticeRead]


class SpanRead(Read):
    starts: datetime
    ends: datetime


class WindowsRead(Read):
    before: SpanRead = Field(description="up to the first delivered session")
    after: SpanRead = Field(description="from the last delivered session on")


class ApplicationRow(Read):
    source: LookSource = Field(
        description="two sources, never added: observations of teachers, and stops of shared walks"
    )
    group: LookGroup
    school_id: UUID | None = Field(description="null: the schools taken together")
    school_name: str | None
    look_for_id: UUID | None = Field(description="null: the target practices taken together")
    look_for_title: str | None
    counts: dict[str, int | None] = Field(
        description="looks, those that saw it, and the teachers (or stops) behind them; null where too few are"
    )
    values: dict[str, ValueRead] = Field(description="before, after, and their difference")


class ApplicationAnswer(Page[ApplicationRow]):
    purpose: DataUse | None = Field(description="for what it was asked; null: nobody said")
    policy_version: int = Field(description="of the district's data-use policy; 0: it has none")
    measure: str
    method_version: str
    as_of: datetime = Field(description="the end of a month")
    by: ApplicationBy
    n_min: int = Field(description="fewest teachers, or stops, behind a published value")
    activity: ActivityRead
    windows: WindowsRead | None = Field(description="null: no session was delivered yet")
    design: LookDesign
    comparison: ValueRead | None = Field(
        description="the change of those who attended less that of those who did not; null if it cannot be shown"
    )
    lag_days: ValueRead = Field(description="median days from somebody's first session to the first use that was seen")
    caution: str
