from datetime import datetime
from uuid import UUID

from services.analytics.data_use.service import use_of
from services.analytics.measures.prevalence import queries
from services.analytics.measures.prevalence.queries import Filters, Prevalence
from services.analytics.measures.prevalence.rules import WALK_PREVALENCE, change_of, prevalence_of
from services.analytics.measures.prevalence.schemas import PrevalenceAnswer, PrevalenceQuery, PrevalenceRow
from services.analytics.measures.schemas import ValueRead
from services.analytics.measures.statistics import Count
from services.analytics.settings import AnalyticsSettings
from shared.paging import decode, encode
from shared.units import Unit


async def answer(unit: Unit, settings: AnalyticsSettings, query: PrevalenceQuery) -> PrevalenceAnswer:
    use = await use_of(unit, settings, "walk_prevalence", query.purpose)
    as_of = min(query.as_of or unit.now, unit.now)
    filters = Filters(as_of, query.school_id, query.walk_id, query.look_for_id)
    after = decode(unit, query, (UUID, UUID, UUID))
    found = await queries.page(unit, filters, after=after, limit=query.limit + 1)
    rows = found[: query.limit]
    last = rows[-1] if len(found) > len(rows) else None
    return PrevalenceAnswer(
        data=[_row(row, as_of=as_of, n_min=use.n_min) for row in rows],
        next=encode(unit, query, [last.school_id, last.walk_id, last.look_for_id]) if last else None,
        total=await queries.count(unit, filters) if query.count else None,
        measure="walk_prevalence",
        method_version=WALK_PREVALENCE,
        as_of=as_of,
        n_min=use.n_min,
        purpose=use.purpose,
        policy_version=use.policy_version,
    )


def _row(row: Prevalence, *, as_of: datetime, n_min: int) -> PrevalenceRow:
    share = prevalence_of(row.seen, row.stops, as_of=as_of, n_min=n_min)
    before = Count(row.seen_before, row.stops_before)
    change = change_of(Count(row.seen, row.stops), before, as_of=as_of, n_min=n_min)
    enough = not share.suppressed and before.n >= n_min
    return PrevalenceRow(
        school_id=row.school_id,
        school_name=row.school_name,
        walk_id=row.walk_id,
        started_at=row.started_at,
        look_for_id=row.look_for_id,
        look_for_title=row.look_for_title,
        previous_walk_id=row.previous_walk_id,
        counts={
            "seen": None if share.suppressed else row.seen,
            "stops": None if share.suppressed else row.stops,
            "seen_before": before.successes if enough else None,
            "stops_before": before.n if enough else None,
        },
        values={"prevalence": ValueRead.model_validate(share), "change": ValueRead.model_validate(change)},
    )
