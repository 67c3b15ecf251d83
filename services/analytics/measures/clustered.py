"""Rates and means over groups that hang together: marks of one teacher, stops of one walk, cycles of one coachee.

Twenty marks of one teacher tell less than one mark of each of twenty teachers. So the groups are what varies: the
variance is that of a ratio estimator over them (linearised, with replacement), the quantile Student's t with one degree
of freedom less than there are groups. Where every group is one item, all of this is the plain formula again.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from statistics import NormalDist

from services.analytics.measures.statistics import ROUNDING, TAIL, Estimate, Interval, Reason
from shared.intervals import Z

CLUSTERED_WILSON = "wilson_score_clustered.v1"
CLUSTERED_DIFFERENCE = "mover_wilson_clustered.v1"
CLUSTERED_MEAN = "ratio_mean_clustered_t.v1"
DIFFERENCE_IN_DIFFERENCES = "mover_difference_in_differences.v1"

SERIES_UP_TO = 200  # degrees of freedom; beyond, the expansion around the normal quantile is exact to nine digits


@dataclass(frozen=True, slots=True)
class Tally:
    """What one group counted: `hits` of `n` for a rate, or a sum over `n` items for a mean."""

    hits: float
    n: int


Clusters = Mapping[Hashable, Tally]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of totals, and each group's share in its variance."""

    value: float
    n: int
    residuals: Mapping[Hashable, float]

    @property
    def variance(self) -> float:
        """Sum of squared residuals over the groups, times m / (m - 1): Cochran 1977, 6.4; Rao & Scott 1992."""
        groups = len(self.residuals)
        return groups / (groups - 1) * sum(r * r for r in self.residuals.values()) if groups > 1 else 0.0


def ratio_of(clusters: Clusters) -> Ratio | None:
    looked = {key: tally for key, tally in clusters.items() if tally.n}
    n = sum(tally.n for tally in looked.values())
    if n == 0:
        return None
    value = sum(tally.hits for tally in looked.values()) / n
    return Ratio(value, n, {key: (tally.hits - tally.n * value) / n for key, tally in looked.items()})


def effective_n(ratio: Ratio) -> float:
    """How many independent items the rate is worth: n over the design effect, adjusted for few groups.

    The design effect is the variance over groups by that of a simple random sample, p(1 - p)/(n - 1): Kish 1965, 8.2.
    Dividing n by it: Rao & Scott 1992, Biometrics 48:577-585; the squared ratio of t quantiles and the limit to n:
    Korn & Graubard 1998, Survey Methodology 24:193-201. Where the groups do not differ at all (none seen, all seen)
    their variance says nothing, and one group has none; each then counts as one item, the least that it can be worth.
    """
    p, n, groups = ratio.value, ratio.n, len(ratio.residuals)
    if groups == 1 or ratio.variance <= ROUNDING * p * (1 - p):
        return float(groups)
    design_effect = ratio.variance / (p * (1 - p) / (n - 1))
    few_groups = (student_t(n - 1) / student_t(groups - 1)) ** 2
    return min(float(n), n / design_effect * few_groups)


def score_interval(p: float, n: float) -> Interval:
    """Wilson's interval for a rate that is worth `n` items, which need not be whole."""
    z2 = Z * Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if p <= 0 else min(p, max(0.0, centre - half))
    high = 1.0 if p >= 1 else max(p, min(1.0, centre + half))
    return Interval(low, high)


def clustered_rate(clusters: Clusters, *, as_of: datetime) -> Estimate:
    """Share of hits, with Wilson's interval at the effective n."""
    ratio = ratio_of(clusters)
    if ratio is None:
        return _undefined(CLUSTERED_WILSON, as_of)
    interval = score_interval(ratio.value, effective_n(ratio))
    return Estimate(ratio.value, ratio.n, interval, CLUSTERED_WILSON, as_of)


def clustered_difference(after: Clusters, before: Clusters, *, as_of: datetime) -> Estimate:
    """`after - before`, where groups may stand in both: the same teachers, seen earlier and later.

    Limits from those of the two rates, with their correlation over the groups: the method of variance estimates
    recovery, Zou & Donner 2008, Statistics in Medicine 27:1693-1702; with a correlation as in Newcombe 1998, Statistics
    in Medicine 17:2635-2650, method 10. Without common groups it is Newcombe's difference of independent proportions.
    """
    later, earlier = ratio_of(after), ratio_of(before)
    if later is None or earlier is None:
        return _undefined(CLUSTERED_DIFFERENCE, as_of, n=(later.n if later else 0) + (earlier.n if earlier else 0))
    value = later.value - earlier.value
    interval = _recovered(
        value,
        _margins(later.value, score_interval(later.value, effective_n(later))),
        _margins(earlier.value, score_interval(earlier.value, effective_n(earlier))),
        correlation(later, earlier),
        reach=1.0,
    )
    return Estimate(value, later.n + earlier.n, interval, CLUSTERED_DIFFERENCE, as_of)


def difference_of(one: Estimate, other: Estimate, *, as_of: datetime) -> Estimate:
    """The difference of two differences of separate groups of people, limits recovered from theirs."""
    n = (one.n or 0) + (other.n or 0)
    if one.value is None or other.value is None or one.interval is None or other.interval is None:
        return _undefined(DIFFERENCE_IN_DIFFERENCES, as_of, n=n)
    value = one.value - other.value
    margins = _margins(one.value, one.interval), _margins(other.value, other.interval)
    return Estimate(value, n, _recovered(value, *margins, 0.0, reach=2.0), DIFFERENCE_IN_DIFFERENCES, as_of)


def clustered_mean(clusters: Clusters, *, as_of: datetime) -> Estimate:
    """Mean per item with Student's interval over the groups; one group alone bounds nothing."""
    ratio = ratio_of(clusters)
    if ratio is None:
        return _undefined(CLUSTERED_MEAN, as_of)
    groups = len(ratio.residuals)
    half = student_t(groups - 1) * math.sqrt(ratio.variance) if groups > 1 else None
    interval = None if half is None else Interval(ratio.value - half, ratio.value + half)
    return Estimate(ratio.value, ratio.n, interval, CLUSTERED_MEAN, as_of)


def correlation(one: Ratio, other: Ratio) -> float:
    """How the two rates vary together over the groups that stand in both."""
    product = math.sqrt(_squares(one) * _squares(other))
    shared = one.residuals.keys() & other.residuals.keys()
    together = sum(one.residuals[key] * other.residuals[key] for key in sorted(shared, key=str))
    return max(-1.0, min(1.0, together / product)) if product > 0 else 0.0


def pooled(groups: Iterable[Clusters]) -> dict[Hashable, Tally]:
    """Add up what was counted of the same group in several cells."""
    added: dict[Hashable, Tally] = {}
    for clusters in groups:
        for key, tally in clusters.items():
            before = added.get(key, Tally(0, 0))
            added[key] = Tally(before.hits + tally.hits, before.n + tally.n)
    return added


@lru_cache(maxsize=4096)
def student_t(degrees: int) -> float:
    """Give the upper 2.5 % point of Student's t, for a whole number of degrees of freedom."""
    if degrees > SERIES_UP_TO:
        return _expanded(degrees)
    low, high = 0.0, 16.0  # the point of one degree of freedom is 12.7
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, degrees) < 1 - 2 * TAIL else (low, middle)
    return (low + high) / 2


def _inside(t: float, degrees: int) -> float:
    """P(-t < T < t): Abramowitz & Stegun 1964, 26.7.3 (odd) and 26.7.4 (even)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle)
    is_odd = degrees % 2 == 1
    term = cosine if is_odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(3 if is_odd else 2, degrees - 1, 2):
        term *= (k - 1) / k * cosine * cosine
        total += term
    inside = math.sin(angle) * total
    return (angle + inside) * 2 / math.pi if is_odd else inside


def _expanded(degrees: int) -> float:
    """Abramowitz & Stegun 1964, 26.7.5."""
    z = NormalDist().inv_cdf(1 - TAIL)
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )


def _squares(ratio: Ratio) -> float:
    return sum(r * r for r in ratio.residuals.values())


def _margins(value: float, interval: Interval) -> tuple[float, float]:
    low = value if interval.low is None else interval.low
    high = value if interval.high is None else interval.high
    return value - low, high - value


def _recovered(
    value: float, one: tuple[float, float], other: tuple[float, float], together: float, *, reach: float
) -> Interval:
    (down1, up1), (down2, up2) = one, other
    below = math.sqrt(max(0.0, down1**2 + up2**2 - 2 * together * down1 * up2))
    above = math.sqrt(max(0.0, up1**2 + down2**2 - 2 * together * up1 * down2))
    return Interval(max(-reach, value - below), min(reach, value + above))


def _undefined(method_version: str, as_of: datetime, *, n: int = 0) -> Estimate:
    return Estimate(None, n, None, method_version, as_of, reason=Reason.EMPTY_DENOMINATOR)
