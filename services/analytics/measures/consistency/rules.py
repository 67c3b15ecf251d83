"""Looks for what a school agreed on, by class; nobody's name. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.analytics.measures.application.rules import LookSource
from services.analytics.measures.between import between_groups
from services.analytics.measures.clustered import Tally, clustered_rate
from services.analytics.measures.disclosure import released
from services.analytics.measures.statistics import Estimate, suppress_below

AGREEMENT_CONSISTENCY = "agreement_consistency.v2"


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen in one class of one teacher, and the month that told of it; at a walk's stop the stop is both."""

    agreement_id: UUID
    school_id: UUID
    source: LookSource
    person: UUID
    group: UUID
    month: date
    seen: int
    looked: int


@dataclass(frozen=True, slots=True)
class Consistency:
    """`counts` are None where too few people (or stops) stand behind them."""

    counts: Mapping[str, int | None]
    prevalence: Estimate
    between_class_variance: Estimate


def consistency(looks: Iterable[Looks], *, as_of: datetime, n_min: int) -> Consistency:
    """Estimate one cell. Looks of one teacher hang together, so the rate's interval is over teachers.

    A month that brought few teachers waits for the next ones, or their looks would be what two answers differ by.
    """
    people: defaultdict[Hashable, Tally] = defaultdict(lambda: Tally(0, 0))
    groups: defaultdict[Hashable, Tally] = defaultdict(lambda: Tally(0, 0))
    for one in _told(looks, n_min):
        people[one.person] = _plus(people[one.person], one)
        groups[one.group] = _plus(groups[one.group], one)
    rate = suppress_below(clustered_rate(people, as_of=as_of), n_min, len(people))
    variance = suppress_below(between_groups(groups, as_of=as_of), n_min, len(people))
    counts = {
        "seen": int(sum(tally.hits for tally in people.values())), "looks": sum(tally.n for tally in people.values()),
        "people": len(people), "classes": len(groups),
    }  # fmt: skip
    return Consistency(dict.fromkeys(counts) if rate.suppressed else counts, rate, variance)


def _told(looks: Iterable[Looks], n_min: int) -> list[Looks]:
    """Keep the looks of the months that may be told. All of them where none may: too few stand behind all of them."""
    every = list(looks)
    months: defaultdict[date, set[Hashable]] = defaultdict(set)
    for one in every:
        months[one.month].add(one.person)
    shown = released(months, n_min)
    return [one for one in every if one.month in shown] if shown else every


def _plus(tally: Tally, one: Looks) -> Tally:
    return Tally(tally.hits + one.seen, tally.n + one.looked)
