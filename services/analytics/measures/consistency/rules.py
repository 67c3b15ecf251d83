"""Looks for what a school agreed on, by class; nobody's name. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.analytics.measures.application.rules import LookSource
from services.analytics.measures.between import between_groups
from services.analytics.measures.clustered import Tally, clustered_rate
from services.analytics.measures.disclosure import Cell, released
from services.analytics.measures.periods import month_after
from services.analytics.measures.statistics import Estimate, suppress_below

AGREEMENT_CONSISTENCY = "agreement_consistency.v3"


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen in one class of one teacher, and the month that told of it; at a walk's stop the stop is both."""

    agreement_id: UUID
    school_id: UUID
    source: LookSource
    person: UUID
    group: UUID
    look_for_id: UUID
    month: date
    seen: int
    looked: int


@dataclass(frozen=True, slots=True)
class Held:
    """Since when an agreement holds, and the first day on which it holds no more."""

    ratified_on: date
    ended_on: date | None

    def has(self, months: Iterable[date]) -> bool:
        """Say whether it held through all of these months."""
        return all(
            month >= self.ratified_on and (self.ended_on is None or month_after(month) <= self.ended_on)
            for month in months
        )


@dataclass(frozen=True, slots=True)
class Consistency:
    """`counts` are None where too few people (or stops) stand behind them."""

    counts: Mapping[str, int | None]
    prevalence: Estimate
    between_class_variance: Estimate


def consistency(looks: Sequence[Looks], held: Held, *, as_of: datetime, n_min: int) -> Consistency:
    """Estimate one cell. Looks of one teacher hang together, so the rate's interval is over teachers.

    A month that brought few teachers waits for the next ones, or their looks would be what two answers differ by.
    """
    told = _told(looks, held, n_min)
    waits = not told  # too few are behind what there is, however many stand behind all look-fors together
    people: defaultdict[Hashable, Tally] = defaultdict(lambda: Tally(0, 0))
    groups: defaultdict[Hashable, Tally] = defaultdict(lambda: Tally(0, 0))
    for one in told or [one for one in looks if held.has([one.month])]:
        people[one.person] = _plus(people[one.person], one)
        groups[one.group] = _plus(groups[one.group], one)
    behind = 0 if waits else len(people)
    rate = suppress_below(clustered_rate(people, as_of=as_of), n_min, behind)
    variance = suppress_below(between_groups(groups, as_of=as_of), n_min, behind)
    counts = {
        "seen": int(sum(tally.hits for tally in people.values())), "looks": sum(tally.n for tally in people.values()),
        "people": len(people), "classes": len(groups),
    }  # fmt: skip
    return Consistency(dict.fromkeys(counts) if rate.suppressed else counts, rate, variance)


def _told(looks: Sequence[Looks], held: Held, n_min: int) -> list[Looks]:
    """Keep the looks of the months that may be told, each look-for by itself, and of these as many as it held through.

    Which months go together is the same for every agreement on a look-for: whatever two of them differ by, in days or
    in look-fors, is nobody's or enough people's.
    """
    by_look_for: defaultdict[UUID, list[Looks]] = defaultdict(list)
    for one in looks:
        by_look_for[one.look_for_id].append(one)
    return [one for some in by_look_for.values() for one in _of_one(some, held, n_min)]


def _of_one(looks: Sequence[Looks], held: Held, n_min: int) -> list[Looks]:
    people: defaultdict[date, dict[Cell, set[Hashable]]] = defaultdict(lambda: {(None, None): set()})
    for one in looks:
        people[one.month][None, None].add(one.person)
    together = [{month for month, *_ in some} for some in released(people, n_min)]
    shown = set().union(*(months for months in together if held.has(months)))
    return [one for one in looks if one.month in shown]


def _plus(tally: Tally, one: Looks) -> Tally:
    return Tally(tally.hits + one.seen, tally.n + one.looked)
