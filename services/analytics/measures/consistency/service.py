from collections import defaultdict
from uuid import UUID

from services.analytics.data_use.service import use_of
from services.analytics.facts.zones import zone_name
from services.analytics.measures.application.rules import LookSource
from services.analytics.measures.consistency import queries
from services.analytics.measures.consistency.queries import Filters
from services.analytics.measures.consistency.rules import AGREEMENT_CONSISTENCY, Consistency, Held, Looks, consistency
from services.analytics.measures.consistency.schemas import (
    ConsistencyAnswer,
    ConsistencyQuery,
    ConsistencyRow,
    SourceRead,
)
from services.analytics.measures.periods import month_end
from services.analytics.measures.schemas import ValueRead
from services.analytics.settings import AnalyticsSettings, zone_of
from shared.paging import decode, encode
from shared.units import Unit

MEASURE = "agreement_consistency"


async def answer(unit: Unit, settings: AnalyticsSettings, query: ConsistencyQuery) -> ConsistencyAnswer:
    use = await use_of(unit, settings, MEASURE, query.purpose)
    asked = min(query.as_of or unit.now, unit.now)
    zone = await zone_name(unit.connection, unit.district_id, settings, asked)
    as_of = month_end(asked, zone_of(zone))
    filters = Filters(asked, zone, query.school_id, query.agreement_id)
    after = decode(unit, query, (UUID, UUID))
    found = await queries.page(unit, filters, after=after, limit=query.limit + 1)
    places = found[: query.limit]
    cells: defaultdict[tuple[UUID, UUID, LookSource], list[Looks]] = defaultdict(list)
    for one in await queries.looks_of(unit, places, before=as_of, zone=zone):
        cells[one.agreement_id, one.school_id, one.source].append(one)
    last = places[-1] if len(found) > len(places) else None
    return ConsistencyAnswer(
        data=[
            ConsistencyRow(
                agreement_id=place.agreement_id, title=place.title, number=place.number, school_id=place.school_id,
                school_name=place.school_name, ratified_on=place.ratified_on, ended_on=place.ended_on,
                sources=[
                    _source(source, consistency(
                        cells[place.agreement_id, place.school_id, source], Held(place.ratified_on, place.ended_on),
                        as_of=as_of, n_min=use.n_min,
                    ))
                    for source in LookSource
                ],
            )
            for place in places
        ],
        next=encode(unit, query, [last.agreement_id, last.school_id]) if last else None,
        total=await queries.count(unit, filters) if query.count else None,
        measure=MEASURE,
        method_version=AGREEMENT_CONSISTENCY,
        as_of=as_of,
        n_min=use.n_min,
        purpose=use.purpose,
        policy_version=use.policy_version,
    )  # fmt: skip


def _source(source: LookSource, cell: Consistency) -> SourceRead:
    values = {"prevalence": cell.prevalence, "between_class_variance": cell.between_class_variance}
    return SourceRead(
        source=source,
        counts=dict(cell.counts),
        values={name: ValueRead.model_validate(value) for name, value in values.items()},
    )
