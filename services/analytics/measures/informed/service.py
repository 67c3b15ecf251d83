from uuid import UUID

from services.analytics.data_use.service import use_of
from services.analytics.measures.informed import queries
from services.analytics.measures.informed.queries import Filters
from services.analytics.measures.informed.rules import WALKS_INFORMED, Informed, informed
from services.analytics.measures.informed.schemas import InformedAnswer, InformedQuery, InformedRow
from services.analytics.measures.schemas import ValueRead
from services.analytics.settings import AnalyticsSettings
from shared.paging import decode, encode
from shared.units import Unit

MEASURE = "walks_informed"


async def answer(unit: Unit, settings: AnalyticsSettings, query: InformedQuery) -> InformedAnswer:
    use = await use_of(unit, settings, MEASURE, query.purpose)
    as_of = min(query.as_of or unit.now, unit.now)
    filters = Filters(as_of, query.since, query.school_id)
    after = decode(unit, query, (UUID,))
    found = await queries.page(unit, filters, after=after, limit=query.limit + 1)
    rows = found[: query.limit]
    return InformedAnswer(
        data=[_row(*row[:2], informed(row[2], as_of=as_of, n_min=use.n_min)) for row in rows],
        next=encode(unit, query, [rows[-1][0]]) if len(found) > len(rows) else None,
        total=await queries.count(unit, filters) if query.count else None,
        measure=MEASURE,
        method_version=WALKS_INFORMED,
        as_of=as_of,
        n_min=use.n_min,
        purpose=use.purpose,
        policy_version=use.policy_version,
    )


def _row(school_id: UUID, school_name: str | None, cell: Informed) -> InformedRow:
    values = {
        "informed_within_30_days": cell.within,
        "informed_by_30_days_with_pending": cell.with_pending,
        "median_days": cell.median_days,
    }
    return InformedRow(
        school_id=school_id,
        school_name=school_name,
        counts=cell.counts,
        values={name: ValueRead.model_validate(value) for name, value in values.items()},
    )
