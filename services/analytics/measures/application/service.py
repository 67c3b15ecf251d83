import asyncio
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.analytics.measures.application import queries
from services.analytics.measures.application.queries import Activity
from services.analytics.measures.application.rules import (
    WINDOWS_DAYS,
    Cell,
    LookDesign,
    LookGroup,
    Looks,
    LookSource,
    Phases,
    Use,
    Windows,
    cell_of,
    cells_of,
    comparison,
    lag_of,
    stretch_of,
    told,
    windows_of,
)
from services.analytics.measures.queries import School, visible_to
from services.analytics.measures.statistics import Estimate
from shared.errors import NotFound
from shared.units import Unit

# From here on adding up would hold the event loop for longer than others should wait.
MANY_LOOKS = 2_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What every number of an answer has in common."""

    as_of: datetime
    n_min: int
    window_days: int
    zone: str  # of the district's months


@dataclass(frozen=True, slots=True)
class Row:
    source: LookSource
    group: LookGroup
    school_id: UUID | None
    look_for_id: UUID | None
    cell: Cell


@dataclass(frozen=True, slots=True)
class Application:
    activity: Activity
    windows: Windows | None
    rows: Sequence[Row]  # all together, and apart who attended
    parts: Sequence[Row]  # by school or look-for, if that was asked
    design: LookDesign
    comparison: Estimate | None
    lag_days: Estimate


@dataclass(frozen=True, slots=True)
class _Counted:
    observed: Sequence[Looks]
    stops: Sequence[Looks]
    attended: Collection[UUID]
    uses: Sequence[Use]


async def activity_in_sight(unit: Unit, activity_id: UUID, *, as_of: datetime) -> tuple[Activity, list[School]]:
    """Load an activity with those of its schools that the asking one may read: a person reads what they lead."""
    found = await queries.activities(unit, [activity_id], as_of=as_of)
    if not found:
        raise NotFound("there is no such PL activity")
    schools = await queries.schools_below(unit, found[0].org_id)
    led = visible_to(unit.who)
    seen = schools if led is None else [school for school in schools if school.id in led]
    if not seen:
        raise NotFound("there is no such PL activity, or it reaches no school that you lead")
    return found[0], seen


async def application(
    unit: Unit,
    activity: Activity,
    schools: Sequence[UUID],
    terms: Terms,
    *,
    by: str | None = None,
    within: Collection[UUID] | None = None,
) -> Application:
    """Count and estimate, `by` school or look_for too if asked. The totals are of all `schools`; `within` says which of
    the parts may stand in a row of their own."""
    windows = windows_of(
        activity.first_delivered_at, activity.last_delivered_at, days=terms.window_days, as_of=terms.as_of
    )
    if windows is None or not activity.look_for_ids:
        nothing = lag_of([], as_of=terms.as_of, n_min=terms.n_min)
        return Application(activity, windows, [], [], LookDesign.BEFORE_AFTER, None, nothing)
    counted = await _count(unit, activity, schools, terms)

    def estimate() -> Application:
        return _estimated(activity, windows, counted, terms, by, within)

    if len(counted.observed) + len(counted.stops) > MANY_LOOKS:
        return await asyncio.to_thread(estimate)
    return estimate()


async def _count(unit: Unit, activity: Activity, schools: Sequence[UUID], terms: Terms) -> _Counted:
    """Count in the widest window: what may be told of a narrower one may not depend on which one was asked about."""
    windows = windows_of(
        activity.first_delivered_at, activity.last_delivered_at, days=WINDOWS_DAYS[-1], as_of=terms.as_of
    )
    assert windows is not None
    since = await queries.attended(unit, activity.id, as_of=terms.as_of)
    return _Counted(
        await queries.looks_of(unit, activity, schools, windows, as_of=terms.as_of, zone=terms.zone, walks=False),
        await queries.looks_of(unit, activity, schools, windows, as_of=terms.as_of, zone=terms.zone, walks=True),
        since.keys(),
        await queries.uses_of(unit, activity, schools, since, as_of=terms.as_of),
    )


def _estimated(
    activity: Activity,
    windows: Windows,
    counted: _Counted,
    terms: Terms,
    by: str | None,
    within: Collection[UUID] | None,
) -> Application:
    counted = _told(counted, terms)
    groups = _groups(_asked(counted.observed, terms), counted.attended, terms)
    design, estimate = comparison(groups[LookGroup.ATTENDED], groups[LookGroup.NOT_ATTENDED], as_of=terms.as_of)
    walked = cell_of(Phases.of(_asked(counted.stops, terms)), as_of=terms.as_of, n_min=terms.n_min)
    return Application(
        activity,
        windows,
        rows=[
            *(Row(LookSource.OBSERVATIONS, group, None, None, cell) for group, cell in groups.items()),
            Row(LookSource.WALK_STOPS, LookGroup.ALL, None, None, walked),
        ],
        parts=[row for source in LookSource for row in _parts(source, counted, terms, by, within)] if by else [],
        design=design,
        comparison=estimate,
        lag_days=lag_of(counted.uses, as_of=terms.as_of, n_min=terms.n_min),
    )


def _told(counted: _Counted, terms: Terms) -> _Counted:
    """Keep what may be told of those who attended and of those who did not: of them together then, too."""
    return replace(
        counted,
        observed=told(counted.observed, lambda one: one.cluster in counted.attended, terms.n_min),
        stops=told(counted.stops, lambda _: None, terms.n_min),
    )


def _asked(looks: Sequence[Looks], terms: Terms) -> list[Looks]:
    """Leave out what is beyond the window that was asked about; what may be told of the rest is the same of each."""
    return [one for one in looks if one.stretch >= stretch_of(terms.window_days)]


def _groups(observed: Sequence[Looks], attended: Collection[UUID], terms: Terms) -> dict[LookGroup, Cell]:
    """Everybody; and those who attended and those who did not, which together are everybody."""
    parts: Mapping[Hashable, Phases] = {
        LookGroup.ATTENDED: Phases.of(one for one in observed if one.cluster in attended),
        LookGroup.NOT_ATTENDED: Phases.of(one for one in observed if one.cluster not in attended),
    }
    cells = cells_of(parts, as_of=terms.as_of, n_min=terms.n_min)
    everybody = cell_of(Phases.of(observed), as_of=terms.as_of, n_min=terms.n_min)
    return {LookGroup.ALL: everybody} | {group: cells[group] for group in (LookGroup.ATTENDED, LookGroup.NOT_ATTENDED)}


def _parts(
    source: LookSource, counted: _Counted, terms: Terms, by: str, within: Collection[UUID] | None
) -> Iterable[Row]:
    every = counted.observed if source is LookSource.OBSERVATIONS else counted.stops
    looks = told(every, lambda one: one.school_id if by == "school" else one.look_for_id, terms.n_min)
    divided: defaultdict[UUID, list[Looks]] = defaultdict(list)
    for one in _asked(looks, terms):
        divided[one.school_id if by == "school" else one.look_for_id].append(one)
    parts: dict[Hashable, Phases] = {key: Phases.of(divided[key]) for key in sorted(divided)}
    differs = [replace(one, told=True) for one, other in zip(every, looks, strict=True) if one.told is not other.told]
    beside = Phases.of(_asked(differs, terms))
    for key, cell in cells_of(parts, as_of=terms.as_of, n_min=terms.n_min, within=within, beside=beside).items():
        of = UUID(str(key))
        yield Row(source, LookGroup.ALL, of if by == "school" else None, of if by == "look_for" else None, cell)
