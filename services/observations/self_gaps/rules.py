"""The gap between two views of one lesson. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.observations.self_gaps.schemas import IndicatorGap, SelfGapRead

METHOD = "self_observer_gap.v1"
Scores = Sequence[Mapping[str, Any]]


def gap_of(observation_id: UUID, observed: Scores, own_id: UUID | None, own: Scores) -> SelfGapRead:
    theirs, hers = ({score["indicator_id"]: score["level"] for score in side} for side in (observed, own))
    rows = [_row(indicator, hers.get(indicator), theirs.get(indicator)) for indicator in sorted({*theirs, *hers})]
    gaps = [row.gap for row in rows if row.gap is not None]
    missing = "no_self_observation" if own_id is None else "no_pair_of_levels"
    return SelfGapRead(
        observation_id=observation_id,
        self_observation_id=own_id,
        n=len(gaps),
        mean_gap=sum(gaps) / len(gaps) if gaps else None,
        reason=None if gaps else missing,
        method_version=METHOD,
        indicators=rows if own_id else [],
    )


def _row(indicator: str, own: int | str | None, observed: int | str | None) -> IndicatorGap:
    both = isinstance(own, int) and isinstance(observed, int)
    gap = int(own) - int(observed) if both and own is not None and observed is not None else None
    return IndicatorGap(indicator_id=UUID(indicator), own=own, observed=observed, gap=gap)
