"""Whether what was asked is there, and how an expectation stands on a day. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from services.observations.expectation_policies.schemas import Ask
from services.observations.expectations.schemas import DomainProgress, ExpectationState, Progress
from services.observations.wire import wilson_interval

_DAYS = ("begin_date", "due_date")
_ROUNDING = 1e-9  # three tenths of ten are three


class Lacks(StrEnum):
    """Why an observation does not count."""

    PURPOSE = "purpose"
    TYPE = "type"
    OBSERVER = "observer"
    DATE = "date"


class Stored(Protocol):
    without_leaves: dict[str, Any]
    counted_without_leaves: list[list[str]]
    met_without_leaves: list[list[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What counts of an observation: the day at the school, how long, what it covered, and who came."""

    id: UUID
    day: date
    purpose: str
    type: str
    minutes: int = 0
    domains: frozenset[UUID] = frozenset()
    announced: bool | None = None
    by: frozenset[str] = frozenset()
    shared_on: date | None = None
    expert_in: frozenset[str] = frozenset()  # the subjects that the observer's assignments of that day are for
    school_id: UUID | None = None
    visit_id: UUID | None = None  # that several observers rate
    subject: str = "teacher"


@dataclass(frozen=True, slots=True)
class Counted:
    """The visits that count towards one expectation, by day, and on which days all that is asked was there."""

    seen: Sequence[Seen]
    met: list[list[str]] = field(default_factory=list)


def lacks(ask: Ask, seen: Seen, begin: date, end: date) -> Lacks | None:
    if seen.purpose != ask.purpose:
        return Lacks.PURPOSE
    if not begin <= seen.day <= end:
        return Lacks.DATE
    if ask.types and seen.type not in ask.types:
        return Lacks.TYPE
    return Lacks.OBSERVER if ask.by and not seen.by & set(ask.by) else None


def count(ask: Ask, share: float, seen: Iterable[Seen], begin: date, end: date) -> Counted:
    """Go through the days on which something that counts was seen: from each of them on it is met or not.

    A further announced visit may take back what an unannounced share had reached, so there may be several stretches.
    """
    counting = sorted((one for one in seen if lacks(ask, one, begin, end) is None), key=lambda one: (one.day, one.id))
    days = sorted({one.day for one in counting})
    met: list[list[str]] = []
    was_met = False
    for day in days:
        is_met = not progress(ask, share, [one for one in counting if one.day <= day]).lacking
        if was_met and not is_met:
            met[-1][1] = str(day - timedelta(days=1))
        elif is_met and not was_met:
            met.append([str(day), str(end)])
        was_met = is_met
    return Counted(visits(counting), met)


def visits(seen: Iterable[Seen]) -> list[Seen]:
    """Fold what several observers made of one visit into one: it took place once, and covered what any of them saw."""
    folded: dict[UUID, Seen] = {}
    for one in sorted(seen, key=lambda it: (it.day, it.id)):
        key = one.visit_id or one.id
        folded[key] = _together(folded[key], one) if key in folded else one
    return list(folded.values())


def _together(one: Seen, other: Seen) -> Seen:
    """Keep the first; who says that it was announced is believed before who says that it was not."""
    said = {one.announced, other.announced} - {None}
    return replace(
        one,
        minutes=max(one.minutes, other.minutes),
        domains=one.domains | other.domains,
        announced=(True in said) if said else None,
        by=one.by | other.by,
    )


def progress(ask: Ask, share: float, counting: Iterable[Seen]) -> Progress:
    """Set what is there against what is asked."""
    seen = visits(counting)
    domains = [
        DomainProgress(
            domain_id=asked.domain_id,
            observations=len(covering),
            of_observations=part(asked.observations, share),
            minutes=sum(one.minutes for one in covering),
            of_minutes=part(asked.minutes, share),
        )
        for asked in ask.domains
        for covering in [[one for one in seen if asked.domain_id in one.domains]]
    ]
    unannounced = sum(one.announced is False for one in seen)
    found = Progress(
        observations=len(seen),
        of_observations=part(ask.observations, share),
        minutes=sum(one.minutes for one in seen),
        of_minutes=part(ask.minutes, share),
        domain_observations=sum(len(one.domains) for one in seen),
        of_domain_observations=part(ask.domain_observations, share),
        unannounced=unannounced,
        of_unannounced=math.ceil(ask.unannounced_share * len(seen) - _ROUNDING),
        domains=domains,
        lacking=[],
    )
    return found.model_copy(update={"lacking": list(_lacking(found))})


def _lacking(found: Progress) -> Iterable[str]:
    for name in ("observations", "minutes", "domain_observations", "unannounced"):
        if getattr(found, name) < getattr(found, f"of_{name}"):
            yield name
    if any(d.observations < d.of_observations or d.minutes < d.of_minutes for d in found.domains or ()):
        yield "domains"


def part(asked: int, share: float) -> int:
    """Give the part of a number that somebody's days at work leave of it, rounded up."""
    return math.ceil(asked * share - _ROUNDING)


@dataclass(frozen=True, slots=True)
class Standing:
    """All of an expectation that leaves move."""

    begin_date: date
    due_date: date
    end_date: date
    share: float
    excused: str | None
    at_work: list[list[str]]
    counted: list[list[str]]
    met: list[list[str]]


def standing_of(row: Stored, *, tells_leaves: bool) -> Standing:
    """Give it as it is, or to whom leaves are not told as if nobody were on leave: anything else would tell them."""
    own = {one.name: getattr(row, one.name) for one in fields(Standing)}
    if not tells_leaves:
        days = {name: date.fromisoformat(row.without_leaves[name]) for name in _DAYS if name in row.without_leaves}
        own |= row.without_leaves | days
        own |= {"counted": row.counted_without_leaves, "met": row.met_without_leaves}
    return Standing(**own)


def state_on(row: Standing, day: date) -> ExpectationState:
    """Say how it stands at the end of a day. What is over stays as it was on its last day."""
    if row.excused is not None:
        return ExpectationState.EXCUSED
    asked = min(day, row.end_date)
    if asked < row.begin_date:
        return ExpectationState.UPCOMING
    if not within(row.at_work, asked):
        return ExpectationState.NOT_AT_WORK
    if within(row.met, asked):
        return ExpectationState.MET
    return ExpectationState.OVERDUE if day > row.due_date else ExpectationState.OPEN


def within(spans: Iterable[Sequence[str]], day: date) -> bool:
    said = day.isoformat()
    return any(begin <= said <= end for begin, end in spans)


def because(facts: Mapping[str, Any], rule: str, days: int, days_at_work: int | None, excused: str | None) -> list[str]:
    """Say in sentences why somebody is expected; without the days at work to whom leaves are not told."""
    told = [f"{facts['position']} since before or on {facts['day']}, the first day in the window; its facts count"]
    for name, word in (("licence_level", "licence level"), ("career_stage", "career stage")):
        told.append(f"{word}: {facts[name] or 'none said'}")
    if "rating_band" in facts:
        rated = f"{facts['rating_band']} for {facts['rating_year']}" if facts["rating_band"] is not None else "none"
        told.append(f"last rating before the school year: {rated}")
    told.append(f"the first rule that fits is {rule}")
    if days_at_work is not None:
        told.append(f"at work on {days_at_work} of the {days} days of the window")
    if excused:
        told.append(f"excused: {excused}")
    return told


def share_of(met: int, eligible: int, people: int, n_min: int) -> dict[str, Any]:
    """Give the share met with its interval. It is one of people: what is asked of one is no second sample."""
    reason = "empty_denominator" if eligible == 0 else "below_minimum_n" if people < n_min else None
    share = None if reason else met / eligible
    return {
        "met_share": share,
        "interval": None if share is None else wilson_interval(share * people, people),
        "suppressed": reason == "below_minimum_n",
        "reason": reason,
    }
