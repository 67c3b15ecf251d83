import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.analytics.measures import queries
from services.analytics.measures.catalogue import COVERAGE, DOSE, LATENCY, MEASURES, MeasureDefinition
from services.analytics.measures.coverage import CoverageTally, coverage_summary
from services.analytics.measures.dose.queries import count_dose
from services.analytics.measures.dose.rules import dose_summary
from services.analytics.measures.grid import Grid, Place, grid_of, periods_of
from services.analytics.measures.latency import LatencyTally, summary_of
from services.analytics.measures.periods import Period
from services.analytics.measures.queries import Key, Question
from services.analytics.measures.schemas import CellRead, MeasureAnswer, MeasureQuery, MeasureRead, WindowRead
from services.analytics.settings import AnalyticsSettings
from shared.errors import NotFound
from shared.paging import ListQuery, decode, encode
from shared.units import Unit

# From here on the statistics would hold the event loop for longer than others should wait.
MANY_DURATIONS = 2_000


@dataclass(frozen=True, slots=True)
class Measure:
    definition: MeasureDefinition
    count: Callable[[Unit, Question], Awaitable[Mapping[Key, Any]]]
    summarise: Callable[..., Any]
    nothing: Any
    # The denominator's window, where it is not the period itself.
    on_last_day: bool = False


_MEASURES = {
    "feedback_latency": Measure(LATENCY, queries.count_latency, summary_of, LatencyTally()),
    "observation_coverage": Measure(
        COVERAGE, queries.count_coverage, coverage_summary, CoverageTally(), on_last_day=True
    ),
    "coaching_dose": Measure(DOSE, count_dose, dose_summary, []),
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
    as_of = min(query.as_of or unit.now, unit.now)
    grid = await grid_of(unit, query, periods_of(query, as_of=as_of, zone=settings.zone))
    if query.school_id is not None and not grid.schools:
        await _must_see(unit, query.school_id)
    cells = await _cells(unit, measure, grid, by_school=query.by.school, as_of=as_of, n_min=settings.n_min)
    return MeasureAnswer(
        data=cells,
        next=grid.following,
        total=grid.total,
        measure=name,
        method_version=measure.definition.method_version,
        as_of=as_of,
        by=query.by,
        time_zone=settings.time_zone,
        n_min=settings.n_min,
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

    def summarise() -> list[CellRead]:
        return [
            _cell(measure, place, counted.get(_key(place, periods), measure.nothing), as_of=as_of, n_min=n_min)
            for place in grid.places
        ]

    if sum(_size(tally) for tally in counted.values()) > MANY_DURATIONS:
        return await asyncio.to_thread(summarise)
    return summarise()


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
