"""How far groups differ beyond what their own items vary: the between-group variance component of seen-or-not. Pure."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from math import sqrt

from services.analytics.measures.clustered import Tally, student_t
from services.analytics.measures.statistics import Estimate, Interval, Reason

BETWEEN_GROUPS = "anova_between_groups_jackknife.v1"
_FEWEST = 3  # groups: with fewer, leaving one out leaves nothing to compare


def between_groups(groups: Mapping[Hashable, Tally], *, as_of: datetime) -> Estimate:
    """Estimate the variance of the groups' true shares; `n` is how many groups there are.

    One-way analysis of variance with unequal sizes, (MSB - MSW)/n0: Searle, Casella & McCulloch 1992, Variance
    Components, 3.6; marks count as 0 and 1. It may be negative, which says that the groups differ no more than chance.
    Interval: jackknife over the groups with Student's t, Arvesen 1969, Annals of Mathematical Statistics 40:2076-2100.
    """
    looked = {key: tally for key, tally in groups.items() if tally.n}
    value = _component(*_sums(looked))
    if value is None:
        reason = Reason.NO_REPEATED_LOOKS if looked else Reason.EMPTY_DENOMINATOR
        return Estimate(None, len(looked), None, BETWEEN_GROUPS, as_of, reason=reason)
    return Estimate(value, len(looked), _jackknife(looked, value), BETWEEN_GROUPS, as_of)


Sums = tuple[int, int, float, int, float]


def _sums(groups: Mapping[Hashable, Tally]) -> Sums:
    """Give the number of groups, of items, of hits, and the sums of n^2 and of hits^2/n over the groups."""
    tallies = groups.values()
    return (
        len(groups),
        sum(tally.n for tally in tallies),
        sum(tally.hits for tally in tallies),
        sum(tally.n**2 for tally in tallies),
        sum(tally.hits**2 / tally.n for tally in tallies),
    )


def _component(k: int, n: int, hits: float, squares: int, explained: float) -> float | None:
    """Give (MSB - MSW)/n0; None with a single group, or where no group has a second item."""
    if k < 2 or n <= k:  # noqa: PLR2004
        return None
    between = (explained - hits**2 / n) / (k - 1)
    within = (hits - explained) / (n - k)  # of 0 and 1 the sum of squares is the sum
    return (between - within) / ((n - squares / n) / (k - 1))


def _jackknife(groups: Mapping[Hashable, Tally], value: float) -> Interval | None:
    k = len(groups)
    all_n = _sums(groups)
    without = [
        _component(
            k - 1, all_n[1] - tally.n, all_n[2] - tally.hits, all_n[3] - tally.n**2,
            all_n[4] - tally.hits**2 / tally.n,
        )
        for tally in groups.values()
    ]  # fmt: skip
    if k < _FEWEST or None in without:
        return None
    pseudo = [k * value - (k - 1) * (one or 0.0) for one in without]
    mean = sum(pseudo) / k
    half = student_t(k - 1) * sqrt(sum((one - mean) ** 2 for one in pseudo) / (k * (k - 1)))
    return Interval(value - half, value + half)
