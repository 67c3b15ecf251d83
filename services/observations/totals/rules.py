"""The total of one observation's scores: a weighted mean over what was scored, and nothing else. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.observations.totals.schemas import IndicatorTotal, Standing, TotalRead

METHOD = "weighted_mean.v1"


def weights_of(content: Mapping[str, Any]) -> Iterator[tuple[UUID, float]]:
    """Give each indicator's weight: that of its domain by that of its component by its own, each 1 if it says none."""
    for domain in content["domains"]:
        for component in domain["components"]:
            for indicator in component["indicators"]:
                weight = _weight(domain) * _weight(component) * _weight(indicator)
                yield UUID(indicator["id"]), weight


def _weight(part: Mapping[str, Any]) -> float:
    said = part.get("weight")
    return 1.0 if said is None else float(said)


def total_of(
    observation_id: UUID, version_id: UUID | None, content: Mapping[str, Any], scores: Sequence[Mapping[str, Any]]
) -> TotalRead:
    given = {UUID(score["indicator_id"]): score["level"] for score in scores}
    rows = [_row(indicator, weight, given.get(indicator)) for indicator, weight in weights_of(content)]
    scored = [row for row in rows if row.contribution is not None]
    weight = sum(row.weight for row in scored)
    value = sum(row.contribution or 0 for row in scored) / weight if weight else None
    counts = Counter(row.standing for row in rows)
    return TotalRead(
        observation_id=observation_id,
        framework_version_id=version_id,
        method_version=METHOD,
        value=value,
        reason=None if value is not None else "no_weight" if scored else "nothing_scored",
        weight_scored=weight,
        weight_possible=sum(row.weight for row in rows if row.standing is not Standing.NOT_APPLICABLE),
        n={standing: counts[standing] for standing in Standing},
        indicators=rows,
    )


def _row(indicator_id: UUID, weight: float, given: int | str | None) -> IndicatorTotal:
    if isinstance(given, int):
        return IndicatorTotal(
            indicator_id=indicator_id,
            standing=Standing.SCORED,
            level=given,
            weight=weight,
            contribution=weight * given,
        )
    standing = Standing.MISSING if given is None else Standing(given)
    return IndicatorTotal(indicator_id=indicator_id, standing=standing, level=None, weight=weight, contribution=None)
