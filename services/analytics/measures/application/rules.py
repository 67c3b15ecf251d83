"""Looks for a practice, before and after, by those who were there and those who were not. Pure.

A look is one target look-for of one observation, or of one stop of a walk; it saw the practice or not. Looks of one
teacher hang together, so teachers are the groups of every interval; on a walk nobody is named, and a stop is the group.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.analytics.measures.clustered import (
    CLUSTERED_DIFFERENCE,
    Clusters,
    Tally,
    clustered_difference,
    clustered_rate,
    difference_of,
    pooled,
)
from services.analytics.measures.disclosure import Cell as Together
from services.analytics.measures.disclosure import disclosable, released
from services.analytics.measures.statistics import (
    Duration,
    Estimate,
    Reason,
    suppress_below,
    waiting_quantile,
)

LOOK_FOR_APPLICATION = "look_for_application.v3"
# Few and far apart: of two windows that differ by a day, the difference would be one visit.
WINDOWS_DAYS = (90, 180, 365, 730)


class LookSource(StrEnum):
    OBSERVATIONS = "observations"
    WALK_STOPS = "walk_stops"


class LookGroup(StrEnum):
    ALL = "all"
    ATTENDED = "attended"
    NOT_ATTENDED = "not_attended"


class LookDesign(StrEnum):
    BEFORE_AFTER = "before_after_without_comparison"
    WITH_COMPARISON = "difference_in_differences_descriptive"


@dataclass(frozen=True, slots=True)
class Windows:
    """`before` ends where the first delivered session begins to count, `after` starts where the last one did."""

    before_from: datetime
    before_until: datetime
    after_from: datetime
    after_until: datetime


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of one look-for, at one school, of one group (a teacher, or a stop), in one phase."""

    school_id: UUID
    cluster: UUID
    look_for_id: UUID
    after: bool
    month: date  # that told of it
    stretch: int  # how far from the sessions: 0 farther than every window but the widest
    seen: int
    looked: int
    told: bool = True


@dataclass(frozen=True, slots=True)
class Phases:
    """The looks of one cell that may be told, added up by group of looks: before and after.

    `waiting` says of which phases (after: True) something is there that may not be told yet.
    """

    before: Clusters
    after: Clusters
    waiting: frozenset[bool] = frozenset()

    @classmethod
    def of(cls, looks: Iterable[Looks]) -> "Phases":
        every = list(looks)
        kept = [one for one in every if one.told]
        waiting = frozenset(one.after for one in every if not one.told)
        return cls(_added(one for one in kept if not one.after), _added(one for one in kept if one.after), waiting)


NOTHING = Phases({}, {})
_BESIDE = object()


@dataclass(frozen=True, slots=True)
class Side:
    """One phase of a cell. `looks` and `people` (teachers, or stops) are None where too few stand behind them."""

    rate: Estimate
    seen: int | None
    looks: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    before: Side
    after: Side
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody who attended: since when, and when a target practice was first seen of them after that."""

    since: datetime
    first_seen_at: datetime | None


def windows_of(first: datetime | None, last: datetime | None, *, days: int, as_of: datetime) -> Windows | None:
    """Give the time before the first and after the last delivered session; None as long as nothing was delivered."""
    if first is None or last is None:
        return None
    reach = timedelta(days=days)
    return Windows(first - reach, first, last, min(last + reach, as_of))


def stretch_of(window_days: int) -> int:
    """Say which stretches belong to a window: this one and those with a higher number, which are nearer."""
    return len(WINDOWS_DAYS) - 1 - WINDOWS_DAYS.index(window_days)


def cell_of(phases: Phases, *, as_of: datetime, n_min: int, shown: Collection[bool] = (False, True)) -> Cell:
    """Estimate a cell. `shown` says which phases (after: True) may be; what has too few people is hidden anyway."""
    before = _side(phases, False, as_of=as_of, n_min=n_min, shown=False in shown)
    after = _side(phases, True, as_of=as_of, n_min=n_min, shown=True in shown)
    difference = clustered_difference(phases.after, phases.before, as_of=as_of)
    if before.rate.suppressed or after.rate.suppressed:
        difference = hidden(CLUSTERED_DIFFERENCE, as_of)
    return Cell(before, after, difference)


def told(looks: Sequence[Looks], part_of: Callable[[Looks], Hashable], n_min: int) -> list[Looks]:
    """Say of each look whether it may be told, by the parts of which numbers are shown beside each other."""
    kept = set()
    for after in (False, True):
        months: defaultdict[date, defaultdict[Together, set[Hashable]]] = defaultdict(lambda: defaultdict(set))
        for one in looks:
            if one.after is after:
                months[one.month][part_of(one), one.stretch].add(one.cluster)
        kept |= {(after, *one) for some in released(months, n_min) for one in some}
    return [replace(one, told=(one.after, one.month, part_of(one), one.stretch) in kept) for one in looks]


def cells_of(
    parts: Mapping[Hashable, Phases],
    *,
    as_of: datetime,
    n_min: int,
    within: Collection[Hashable] | None = None,
    beside: Phases = NOTHING,
) -> dict[Hashable, Cell]:
    """Estimate the parts of a total that is shown too, so that none can be had by taking the others from it.

    `beside` is what the total has and the parts have not, or the other way round.
    """
    may = {
        after: disclosable(
            {key: _people(part, after=after) for key, part in parts.items()} | {_BESIDE: _people(beside, after=after)},
            n_min,
            within=parts.keys() if within is None else within,
        )
        for after in (False, True)
    }
    return {
        key: cell_of(part, as_of=as_of, n_min=n_min, shown=[after for after in may if key in may[after]])
        for key, part in parts.items()
        if within is None or key in within
    }


def comparison(attended: Cell, others: Cell, *, as_of: datetime) -> tuple[LookDesign, Estimate | None]:
    """Set the change of those who attended beside the change of those who did not, where both can be shown."""
    estimate = difference_of(attended.difference, others.difference, as_of=as_of)
    if estimate.value is None:
        return LookDesign.BEFORE_AFTER, None
    return LookDesign.WITH_COMPARISON, estimate


def lag_of(uses: Sequence[Use], *, as_of: datetime, n_min: int) -> Estimate:
    """Median days from somebody's first session until a target practice was first seen of them.

    Of whom it was not seen yet still waits, and is not dropped: the median is that of Kaplan and Meier.
    """
    day = timedelta(days=1)
    waits = [
        Duration(((use.first_seen_at or as_of) - use.since) / day, completed=use.first_seen_at is not None)
        for use in uses
    ]
    return suppress_below(waiting_quantile(waits, 0.5, as_of=as_of), n_min, len(uses))


def hidden(method_version: str, as_of: datetime) -> Estimate:
    return Estimate(None, None, None, method_version, as_of, suppressed=True, reason=Reason.BELOW_MINIMUM_N)


def _side(phases: Phases, after: bool, *, as_of: datetime, n_min: int, shown: bool) -> Side:
    clusters = phases.after if after else phases.before
    people = sum(tally.n > 0 for tally in clusters.values())
    rate = suppress_below(clustered_rate(clusters, as_of=as_of), n_min, people)
    if (people and (rate.suppressed or not shown)) or (not people and after in phases.waiting):
        return Side(hidden(rate.method_version, as_of), None, None, None)
    looks = sum(tally.n for tally in clusters.values())
    return Side(rate, int(sum(tally.hits for tally in clusters.values())), looks, people)


def _people(phases: Phases, *, after: bool) -> set[Hashable]:
    clusters = phases.after if after else phases.before
    return {key for key, tally in clusters.items() if tally.n}


def _added(looks: Iterable[Looks]) -> Clusters:
    return pooled({one.cluster: Tally(one.seen, one.looked)} for one in looks)
