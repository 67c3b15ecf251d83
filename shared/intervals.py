"""Intervals that more than one service publishes. Pure, standard library only."""

import math
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)  # two-sided, at 95 %


def wilson(successes: float, n: int) -> tuple[float, float] | None:
    """Score interval of one proportion, without continuity correction; None of nothing.

    Wilson 1927, JASA 22:209-212; Newcombe 1998, Statistics in Medicine 17:857-872, section 2, method 3.
    """
    if n == 0:
        return None
    p, z2 = successes / n, Z * Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # The ends are exact at none and all; elsewhere rounding must not push the interval off its own estimate.
    low = 0.0 if successes == 0 else min(p, max(0.0, centre - half))
    high = 1.0 if successes == n else max(p, min(1.0, centre + half))
    return low, high
