from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.analytics.data_use.schemas import PurposeListQuery
from services.analytics.measures.schemas import ValueRead
from shared.access.purposes import DataUse
from shared.paging import Page
from shared.wire import Id, Instant, Read


class InformedQuery(PurposeListQuery):
    school_id: Id | None = None
    since: Instant | None = Field(default=None, description="walks debriefed from then on")
    as_of: Instant | None = Field(default=None, description="whose knowledge. Default, and at most: now")


class InformedRow(Read):
    school_id: UUID
    school_name: str | None
    counts: dict[str, int | None] = Field(
        description="walks; over: whose 30 days are over, informed of them; of the others pending and informed_early"
    )
    values: dict[str, ValueRead]


class InformedAnswer(Page[InformedRow]):
    purpose: DataUse | None = Field(description="for what it was asked; null: nobody said")
    policy_version: int = Field(description="of the district's data-use policy; 0: it has none")
    measure: str
    method_version: str
    as_of: datetime
    n_min: int = Field(description="fewest walks behind a published value")
