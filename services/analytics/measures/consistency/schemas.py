from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.analytics.data_use.schemas import PurposeListQuery
from services.analytics.measures.application.rules import LookSource
from services.analytics.measures.schemas import ValueRead
from shared.access.purposes import DataUse
from shared.paging import Page
from shared.wire import Id, Instant, Read


class ConsistencyQuery(PurposeListQuery):
    agreement_id: Id | None = None
    school_id: Id | None = None
    as_of: Instant | None = Field(
        default=None,
        description="looks known by the end of the last month that was over by then. Default, and at most: now",
    )


class SourceRead(Read):
    source: LookSource = Field(description="two sources, never added: observations of teachers, stops of shared walks")
    counts: dict[str, int | None] = Field(
        description="looks that saw it, all looks, the teachers and classes (or the stops) behind them; null: too few"
    )
    values: dict[str, ValueRead] = Field(description="prevalence, and between_class_variance")


class ConsistencyRow(Read):
    agreement_id: UUID
    title: str
    number: int = Field(description="which revision of it")
    school_id: UUID
    school_name: str
    ratified_on: date
    ended_on: date | None = Field(description="the first day on which it held no more")
    sources: list[SourceRead]


class ConsistencyAnswer(Page[ConsistencyRow]):
    purpose: DataUse | None = Field(description="for what it was asked; null: nobody said")
    policy_version: int = Field(description="of the district's data-use policy; 0: it has none")
    measure: str
    method_version: str
    as_of: datetime = Field(description="the end of a month")
    n_min: int = Field(description="fewest teachers, or stops, behind a published value")
