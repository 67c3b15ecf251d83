"""Events by exposure with the exact interval of a Poisson count. Pure, standard library only.

F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936) 437-442: of k events the limits are the
means under which k or more, and k or fewer, have a probability of 2.5 %.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.observations.feedback_rates.schemas import Answered, FeedbackRate, Rate, SchoolFeedbackRate
from services.observations.observations.rules import Subject
from services.observations.wire import Interval, wilson_interval

METHOD = "feedback_rate_garwood.v2"
ANSWERED_METHOD = "wilson_score.v1"
ANSWERED = ("read", "responded", "followed_up")
TAIL = 0.025
MONTH = 30.4375  # days: a twelfth of 365.25
_STEPS = 80


@dataclass(frozen=True, slots=True)
class Stands:
    """By what somebody is staff as such: a tie to the organisation, a position, or a role of leadership held there."""

    ties: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


STANDS = {
    Subject.TEACHER: Stands(ties=("teaches_at",)),
    Subject.COACH: Stands(
        positions=("mentor", "instructional_coordinator"), roles=("instructional_coach", "mentor_teacher")
    ),
    Subject.FACILITATOR: Stands(
        roles=(
            "facilitator", "team_lead", "department_chair", "grade_level_chair", "lead_teacher", "curriculum_lead",
            "ilt_chair", "committee_chair",
        )
    ),
    Subject.LEADER: Stands(
        ties=("leads",), positions=("school_leader", "principal", "assistant_principal", "school_administrator"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    school_id: UUID
    school_name: str
    people: frozenset[UUID]
    days: int
    expert: int
    other: int
    unknown: int
    read: int = 0
    responded: int = 0
    followed_up: int = 0


def at_most(events: int, mean: float) -> float:
    """Give the probability of so many events or fewer under a Poisson mean."""
    if mean == 0:
        return 1.0
    log = math.log(mean)
    return min(1.0, math.fsum(math.exp(n * log - mean - math.lgamma(n + 1)) for n in range(events + 1)))


def garwood(events: int) -> tuple[float, float]:
    """Give the limits of the mean of a count."""
    most = events + 10 * math.sqrt(events + 1) + 10
    low = 0.0 if events == 0 else _root(lambda mean: 1 - at_most(events - 1, mean) - TAIL, most)
    return low, _root(lambda mean: TAIL - at_most(events, mean), most)


def _root(rising: Callable[[float], float], most: float) -> float:
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def rate_of(events: int, months: float) -> Rate:
    if not months:
        return Rate(events=events, value=None, interval=None)
    low, high = garwood(events)
    return Rate(events=events, value=events / months, interval=Interval(low=low / months, high=high / months))


def answered(events: int, of: int) -> Answered:
    return Answered(events=events, value=events / of if of else None, interval=wilson_interval(events, of))


def rates_of(tallies: Sequence[Tally], n_min: int) -> tuple[FeedbackRate, list[SchoolFeedbackRate]]:
    """Give the rate of all, and of each school. Of a few people there is none, and none follows from the others."""
    hidden = [one for one in tallies if 0 < len(one.people) < n_min]
    rest = _people(hidden)
    schools = [
        SchoolFeedbackRate(
            school_id=one.school_id, school_name=one.school_name,
            **_figures([one], "below_minimum_n" if one in hidden else None),
        )
        for one in tallies
    ]  # fmt: skip
    n = len(_people(tallies))
    few = "below_minimum_n" if 0 < n < n_min else "complementary" if 0 < len(rest) < n_min else None
    return FeedbackRate(**_figures(tallies, few)), schools


def _people(tallies: Sequence[Tally]) -> frozenset[UUID]:
    return frozenset[UUID]().union(*(one.people for one in tallies))


def _figures(tallies: Sequence[Tally], hidden: str | None) -> dict[str, Any]:
    kinds = {name: sum(getattr(one, name) for one in tallies) for name in ("expert", "other", "unknown")}
    events = {
        "total": sum(kinds.values()), "by_expert": kinds["expert"], "by_other": kinds["other"],
        "unknown": kinds["unknown"],
    }  # fmt: skip
    if hidden is not None:
        nothing: dict[str, Rate | Answered] = {
            **dict.fromkeys(events, Rate(events=None, value=None, interval=None)),
            **dict.fromkeys(ANSWERED, Answered(events=None, value=None, interval=None)),
        }
        return {"n": None, "teacher_months": None, **nothing, "suppressed": True, "reason": hidden}
    months = sum(one.days for one in tallies) / MONTH
    return {
        "n": len(_people(tallies)),
        "teacher_months": months,
        **{kind: rate_of(count, months) for kind, count in events.items()},
        **{name: answered(sum(getattr(one, name) for one in tallies), events["total"]) for name in ANSWERED},
        "suppressed": False,
        "reason": None if months else "empty_denominator",
    }
