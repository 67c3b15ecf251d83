"""The statistics that every measure is made of: pure functions of counts and durations, no I/O, standard library only.

What is undefined (0/0, a median that nothing reaches) is `None` with a reason, never NaN and never a flattering 1.0.
Two-sided intervals are at 95 %. A method version names formula and interval together; it changes when a number could.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from shared import intervals
from shared.intervals import Z

WILSON = "wilson_score.v1"
NEWCOMBE = "newcombe_hybrid_score.v1"
QUANTILE = "quantile_type7_binomial.v1"
KAPLAN_MEIER = "kaplan_meier_loglog.v1"
RATIO = "ratio.v1"

TAIL = 0.025
# Survival is a product of fractions: 3/4 * 2/3 has to count as one half.
ROUNDING = 1e-12


class Reason(StrEnum):
    """Why an estimate has no value."""

    EMPTY_DENOMINATOR = "empty_denominator"
    BELOW_MINIMUM_N = "below_minimum_n"
    NOT_REACHED = "not_reached"
    NO_REPEATED_LOOKS = "no_repeated_looks"  # one group, or no group with a second item: nothing to compare


@dataclass(frozen=True, slots=True)
class Interval:
    """`None` at an end says that the data do not bound that side at 95 %."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What every measure returns. A suppressed one keeps neither value, interval nor n."""

    value: float | None
    n: int | None
    interval: Interval | None
    method_version: str
    as_of: datetime
    suppressed: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """`successes` of `n`."""

    successes: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise ValueError(f"{self.successes} of {self.n} is not a count")


def suppress_below(estimate: Estimate, n_min: int, *sizes: int) -> Estimate:
    """Hide an estimate when one of the groups of people behind it is smaller than `n_min`.

    An estimate of nothing stays as it is: it has nothing to hide, and its reason helps.
    """
    if estimate.n == 0:
        return estimate
    if all(size >= n_min for size in sizes):
        return estimate
    return replace(estimate, value=None, n=None, interval=None, suppressed=True, reason=Reason.BELOW_MINIMUM_N)


def wilson(count: Count) -> Interval | None:
    """Score interval of one proportion, as shared/intervals.py has it."""
    ends = intervals.wilson(count.successes, count.n)
    return None if ends is None else Interval(*ends)


def proportion(count: Count, *, as_of: datetime) -> Estimate:
    """Share with its Wilson interval."""
    if count.n == 0:
        return _undefined(WILSON, as_of)
    return Estimate(count.successes / count.n, count.n, wilson(count), WILSON, as_of)


def difference(after: Count, before: Count, *, as_of: datetime) -> Estimate:
    """`after - before` of two independent proportions, by the hybrid of their score intervals; n is the sum of both.

    Newcombe 1998, Statistics in Medicine 17:873-890, section 2, method 10. Independent means different lessons: two
    looks at the same lesson are paired, and this interval is then wrong.
    """
    interval_after, interval_before = wilson(after), wilson(before)
    if interval_after is None or interval_before is None:
        return _undefined(NEWCOMBE, as_of, n=after.n + before.n)
    p1, p2 = after.successes / after.n, before.successes / before.n
    low1, high1 = _ends(interval_after)
    low2, high2 = _ends(interval_before)
    low = p1 - p2 - math.hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + math.hypot(high1 - p1, p2 - low2)
    interval = Interval(max(-1.0, low), min(1.0, high))
    return Estimate(p1 - p2, after.n + before.n, interval, NEWCOMBE, as_of)


def ratio(numerator: float, denominator: float, *, n: int, as_of: datetime) -> Estimate:
    """A plain quotient of two totals (teachers for each coach); it has no sampling interval."""
    if denominator == 0:
        return _undefined(RATIO, as_of, n=n)
    return Estimate(numerator / denominator, n, None, RATIO, as_of)


def quantile_of(ordered: Sequence[float], p: float) -> float:
    """Sample quantile by linear interpolation: definition 7 of Hyndman & Fan 1996, American Statistician 50:361-365.

    The same as `percentile_cont` in PostgreSQL, so SQL and this agree.
    """
    position = (len(ordered) - 1) * p
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    low, high = ordered[below], ordered[above]
    return min(high, low + (high - low) * (position - below))


def quantile(values: Iterable[float], p: float, *, as_of: datetime) -> Estimate:
    """Sample quantile with the distribution-free interval between two order statistics."""
    ordered = sorted(values)
    if not ordered:
        return _undefined(QUANTILE, as_of)
    lower, upper = quantile_ranks(len(ordered), p)
    interval = _interval(ordered[lower - 1] if lower else None, ordered[upper - 1] if upper else None)
    return Estimate(quantile_of(ordered, p), len(ordered), interval, QUANTILE, as_of)


def quantile_ranks(n: int, p: float) -> tuple[int | None, int | None]:
    """Ranks (from 1) between which the population's quantile lies, each side missing it with at most 2.5 %.

    The number of values below the quantile is Binomial(n, p): David & Nagaraja 2003, Order Statistics, section 7.1;
    Hahn & Meeker 1991, Statistical Intervals, section 5.2. With few values the extreme ranks do not reach 2.5 %; that
    side is then `None`. Coverage is exact for continuous data and conservative under ties.
    """
    at_most = 0.0  # P(B <= k)
    lower: int | None = None
    upper: int | None = None
    # Beyond 40 + 10 standard deviations from the mean the mass is far below rounding.
    reach = 40 + 10 * math.sqrt(n * p * (1 - p))
    for k in range(max(0, math.floor(n * p - reach)), min(n, math.ceil(n * p + reach))):
        at_most += _binomial(k, n, p)
        if at_most <= TAIL:
            lower = k + 1
        if upper is None and 1 - at_most <= TAIL:
            upper = k + 1
            break
    return lower, upper


@dataclass(frozen=True, slots=True)
class Duration:
    """Hours until it happened, or, when `completed` is false, the hours that it has been waited for so far."""

    hours: float
    completed: bool


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """The share still waiting just after `hours`, with its pointwise band."""

    hours: float
    waiting: float
    low: float
    high: float


def kaplan_meier(durations: Iterable[Duration]) -> list[SurvivalStep]:
    """Product-limit estimate of the share still waiting, one step for each time at which something was completed.

    Kaplan & Meier 1958, JASA 53:457-481, section 2; variance by Greenwood, band on the log(-log) scale: Kalbfleisch &
    Prentice 2002, section 1.4. An item censored at a completion's time counts as still waiting at that time.
    """
    ordered = sorted(durations, key=lambda duration: duration.hours)
    steps: list[SurvivalStep] = []
    at_risk, waiting, greenwood = len(ordered), 1.0, 0.0
    low, high = 1.0, 1.0
    for hours, group in groupby(ordered, key=lambda duration: duration.hours):
        tied = list(group)
        completed = sum(duration.completed for duration in tied)
        if completed:
            left = at_risk - completed
            waiting *= left / at_risk
            if left:
                greenwood += completed / (at_risk * left)
                low, high = _log_log_band(waiting, greenwood)
            else:
                low = 0.0  # nothing waits any more, so the scale ends; the upper band keeps its last value
            steps.append(SurvivalStep(hours, waiting, low, high))
        at_risk -= len(tied)
    return steps


def waiting_quantile(durations: Iterable[Duration], p: float, *, as_of: datetime) -> Estimate:
    """The first time by which a share `p` was completed, pending ones included as right-censored; p = 0.5: the median.

    Interval by inverting the band: Brookmeyer & Crowley 1982, Biometrics 38:29-41, section 2. Without a value the
    interval may still have a low end: at least that long.
    """
    counted = list(durations)
    if not counted:
        return _undefined(KAPLAN_MEIER, as_of)
    target = 1 - p + ROUNDING
    steps = kaplan_meier(counted)
    value = next((step.hours for step in steps if step.waiting <= target), None)
    low = next((step.hours for step in steps if step.low <= target), None)
    high = next((step.hours for step in steps if step.high <= target), None)
    reason = Reason.NOT_REACHED if value is None else None
    return Estimate(value, len(counted), _interval(low, high), KAPLAN_MEIER, as_of, reason=reason)


def _undefined(method_version: str, as_of: datetime, *, n: int = 0) -> Estimate:
    return Estimate(None, n, None, method_version, as_of, reason=Reason.EMPTY_DENOMINATOR)


def _interval(low: float | None, high: float | None) -> Interval | None:
    return None if low is None and high is None else Interval(low, high)


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low or 0.0, 1.0 if interval.high is None else interval.high


def _binomial(k: int, n: int, p: float) -> float:
    choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(choose + k * math.log(p) + (n - k) * math.log1p(-p))


def _log_log_band(waiting: float, greenwood: float) -> tuple[float, float]:
    spread = Z * math.sqrt(greenwood) / abs(math.log(waiting))
    return waiting ** math.exp(spread), waiting ** math.exp(-spread)
