import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.analytics.data_use.service import use_of
from services.analytics.facts.zones import zone_name
from services.analytics.measures import queries
from services.analytics.measures.catalogue import COVERAGE, DOSE, LATENCY, MEASURES, MeasureDefinition
from services.analytics.measures.coverage import CoverageTally, coverage_summary
from services.analytics.measures.disclosure import withheld
from services.analytics.measures.dose.queries import count_dose, dose_people
from services.analytics.measures.dose.rules import dose_summary
from services.analytics.measures.grid import Grid, Place, grid_of, periods_of
from services.analytics.measures.latency import LatencyTally, summary_of
from services.analytics.measures.periods import Period
from services.analytics.measures.queries import Key, Question
from services.analytics.measures.schemas import CellRead, MeasureAnswer, MeasureQuery, MeasureRead, WindowRead
from services.analytics.settings import AnalyticsSettings, zone_of
from shared.errors import NotFound
from shared.paging import ListQuery, decode, encode
from shared.units import Unit

# From here on the statistics would hold the event loop for longer than others should wait.
MANY_DURATIONS = 2_000
MORE_THAN_ALL = sys.maxsize  # a least number of people that no cell reaches


@dataclass(frozen=True, slots=True)
class Measure:
    definition: MeasureDefinition
    count: Callable[[Unit, Question], Awaitable[Mapping[Key, Any]]]
    people: Callable[[Unit, Question], Awaitable[Mapping[Key, queries.Groups]]]
    summarise: Callable[..., Any]
    nothing: Any
    # The denominator's window, where it is not the period itself.
    on_last_day: bool = False


_MEASURES = {
    "feedback_latency": Measure(LATENCY, queries.count_latency, queries.latency_people, summary_of, LatencyTally()),
    "observation_coverage": Measure(
        COVERAGE,
        queries.count_coverage,
        queries.coverage_people,
        coverage_summary,
        CoverageTally(),
        on_last_day=True,
    ),
    "coaching_dose": Measure(DOSE, count_dose, dose_people, dose_summary, []),
}


def catalogue(unit: Unit, query: ListQuery) -> tuple[list[MeasureRead], str | None, int | None]:
    (after,) = decode(unit, query, (str,)) or ("",)
    names = [name for name in sorted(MEASURES) if name > after]
    shown = [MeasureRead.model_validate(MEASURES[name]) for name in names[: query.limit]]
    following = encode(unit, query, [shown[-1].name]) if len(names) > query.limit else None
    return shown, following, len(MEASURES) if query.count else None


async def answer(unit: Unit, settings: AnalyticsSettings, name: str, query: MeasureQuery) -> MeasureAnswer:
    measure = _MEASURES.get(name)
    if measure is None:
        raise NotFound(f"there is no measure {name!r}", possible=sorted(_MEASURES))
    use = await use_of(unit, settings, name, query.purpose)
    as_of = min(query.as_of or unit.now, unit.now)
    zone = await zone_name(unit.connection, unit.district_id, settings, as_of)
    grid = await grid_of(unit, query, periods_of(query, as_of=as_of, zone=zone_of(zone)))
    if query.school_id is not None and not grid.schools:
        await _must_see(unit, query.school_id)
    cells = await _cells(unit, measure, grid, by_school=query.by.school, as_of=as_of, n_min=use.n_min)
    return MeasureAnswer(
        data=cells,
        next=grid.following,
        total=grid.total,
        measure=name,
        method_version=measure.definition.method_version,
        as_of=as_of,
        by=query.by,
        time_zone=zone,
        n_min=use.n_min,
        purpose=use.purpose,
        policy_version=use.policy_version,
    )


async def _must_see(unit: Unit, school_id: UUID) -> None:
    if not await queries.schools(unit, school_id):
        raise NotFound("there is no such school, or it is none that you lead")


async def _cells(
    unit: Unit, measure: Measure, grid: Grid, *, by_school: bool, as_of: datetime, n_min: int
) -> list[CellRead]:
    periods = list(dict.fromkeys(place.period for place in grid.places))
    question = Question(grid.schools, periods, as_of, by_school)
    counted = await measure.count(unit, question) if grid.places else {}
    hidden = await _hidden_for_others(unit, measure, question, n_min) if grid.places and by_school else frozenset()

    def cell_at(place: Place) -> CellRead:
        key = _key(place, periods)
        least = MORE_THAN_ALL if key in hidden else n_min
        return _cell(measure, place, counted.get(key, measure.nothing), as_of=as_of, n_min=least)

    def summarise() -> list[CellRead]:
        return [cell_at(place) for place in grid.places]

    if sum(_size(tally) for tally in counted.values()) > MANY_DURATIONS:
        return await asyncio.to_thread(summarise)
    return summarise()


async def _hidden_for_others(unit: Unit, measure: Measure, question: Question, n_min: int) -> AbstractSet[Key]:
    """Hide what would tell of a hidden school: together all schools in sight are a total that may be asked for, too."""
    schools = [school.id for school in await queries.schools(unit, None)]
    if len(schools) == 1:
        return frozenset()
    found = await measure.people(unit, replace(question, schools=schools))
    bases: defaultdict[tuple[int, int], dict[Hashable, AbstractSet[Hashable]]] = defaultdict(dict)
    for (school, place), groups in found.items():
        for number, who in enumerate(groups):
            bases[place, number][school] = who
    hidden = {place: withheld([who for (at, _), who in bases.items() if at == place], n_min) for place, _ in bases}
    return {(school, place) for school, place in found if school in hidden[place]}


def _key(place: Place, periods: list[Period]) -> Key:
    return (place.school.id if place.school else None, periods.index(place.period))


def _size(tally: Any) -> int:
    return len(tally.completed) + len(tally.pending) if isinstance(tally, LatencyTally) else 0


def _cell(measure: Measure, place: Place, tally: Any, *, as_of: datetime, n_min: int) -> CellRead:
    summary = asdict(measure.summarise(tally, as_of=as_of, n_min=n_min))
    period = place.period
    return CellRead(
        school_id=place.school.id if place.school else None,
        school_name=place.school.name if place.school else None,
        month=period.month,
        numerator_window=WindowRead(first_day=period.first_day, last_day=period.last_day),
        denominator_window=WindowRead(
            first_day=period.last_day if measure.on_last_day else period.first_day, last_day=period.last_day
        ),
        counts={name: summary[name] for name in measure.definition.counts},
        values={value.name: summary[value.name] for value in measure.definition.values},
    )
