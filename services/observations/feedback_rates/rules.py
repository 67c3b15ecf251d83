"""Events by exposure with the exact interval of a Poisson count. Pure, standard library only.

F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936) 437-442: of k events the limits are the
means under which k or more, and k or fewer, have a probability of 2.5 %.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.observations.feedback_rates.schemas import Rate, SchoolFeedbackRate
from services.observations.wire import Interval

METHOD = "feedback_rate_garwood.v2"
TAIL = 0.025
MONTH = 30.4375  # days: a twelfth of 365.25
_STEPS = 80


@dataclass(frozen=True, slots=True)
class Tally:
    school_id: UUID
    school_name: str
    teachers: int
    days: int
    expert: int
    other: int
    unknown: int


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


def school_rate(tally: Tally, n_min: int) -> SchoolFeedbackRate:
    """Give a school's rates; of a few teachers nothing. There is no total of schools to work one out from."""
    kinds = {
        "total": tally.expert + tally.other + tally.unknown,
        "by_expert": tally.expert,
        "by_other": tally.other,
        "unknown": tally.unknown,
    }
    school: dict[str, Any] = {"school_id": tally.school_id, "school_name": tally.school_name}
    if 0 < tally.teachers < n_min:
        nothing = Rate(events=None, value=None, interval=None)
        hidden = dict.fromkeys(kinds, nothing)
        return SchoolFeedbackRate(
            **school, n=None, teacher_months=None, **hidden, suppressed=True, reason="below_minimum_n"
        )
    months = tally.days / MONTH
    return SchoolFeedbackRate(
        **school,
        n=tally.teachers,
        teacher_months=months,
        **{kind: rate_of(events, months) for kind, events in kinds.items()},
        suppressed=False,
        reason=None if months else "empty_denominator",
    )
