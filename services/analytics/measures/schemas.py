from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.analytics.data_use.schemas import PurposeListQuery
from services.analytics.measures.catalogue import BY_SCHOOL_AND_MONTH
from services.analytics.measures.statistics import Reason
from shared.access.purposes import DataUse
from shared.paging import Page
from shared.wire import Id, Instant, Read

Month = Annotated[str, StringConstraints(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")]
MeasureName = Annotated[str, Field(json_schema_extra={"enum": [measure.name for measure in BY_SCHOOL_AND_MONTH]})]


class By(StrEnum):
    SCHOOL = "school"
    MONTH = "month"
    SCHOOL_MONTH = "school,month"

    @property
    def school(self) -> bool:
        return self is not By.MONTH

    @property
    def month(self) -> bool:
        return self is not By.SCHOOL


class MeasureQuery(PurposeListQuery):
    by: By = Field(default=By.SCHOOL_MONTH, description="one row for each; what is not named is taken together")
    school_id: Id | None = Field(default=None, description="this school alone")
    from_: Month | None = Field(default=None, alias="from", description="first month; default: eleven before `to`")
    to: Month | None = Field(default=None, description="last month; default, and at most: that of `as_of`")
    as_of: Instant | None = Field(
        default=None, description="whose knowledge: nothing later counts. Default, and at most: now"
    )


class ValueDefinitionRead(Read):
    name: str
    unit: str
    definition: str
    denominator: str
    method_version: str = Field(description="formula and interval; another one may give another number")


class MeasureRead(Read):
    name: str
    title: str
    definition: str
    method_version: str = Field(description="what is counted; changes with the definition")
    numerator_window: str
    denominator_window: str
    counts: list[str]
    values: list[ValueDefinitionRead]
    dimensions: list[str]


class WindowRead(Read):
    first_day: date
    last_day: date


class IntervalRead(Read):
    low: float | None = Field(description="null: not bounded by the data")
    high: float | None = Field(description="null: not bounded by the data")


class ValueRead(Read):
    value: float | None
    n: int | None = Field(description="what stands below the line; null when suppressed")
    interval: IntervalRead | None = Field(description="at 95 %")
    method_version: str
    as_of: datetime
    suppressed: bool = Field(description="too few teachers stand behind it")
    reason: Reason | None = Field(description="why there is no value")


class CellRead(Read):
    school_id: UUID | None = Field(description="null: the schools taken together")
    school_name: str | None
    month: str | None = Field(description="null: the months taken together")
    numerator_window: WindowRead
    denominator_window: WindowRead
    counts: dict[str, int | None] = Field(description="null where too few teachers stand behind them")
    values: dict[str, ValueRead]


class MeasureAnswer(Page[CellRead]):
    purpose: DataUse | None = Field(description="for what it was asked; null: nobody said")
    policy_version: int = Field(description="of the district's data-use policy; 0: it has none")
    measure: str
    method_version: str
    as_of: datetime
    by: By
    time_zone: str = Field(description="whose calendar the months are")
    n_min: int = Field(description="fewest teachers behind a published value")
