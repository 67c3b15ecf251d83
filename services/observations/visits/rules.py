"""Who may rate a visit as what, and how far the raters agree. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Protocol
from uuid import UUID

from services.observations.observations.rules import ObservationType, RatingKind
from services.observations.observations.schemas import ObservationWrite
from services.observations.visits.schemas import Agreement, IndicatorRatings, Rating
from shared.errors import FieldError

METHOD = "pairwise_agreement.v1"


class Rated(Protocol):
    id: UUID
    rating_kind: str
    scores: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a rating has to fit: what the visit is for, whom it looks at, with what, by whom; have all submitted?"""

    purpose: str
    teacher_id: UUID
    framework_version_id: UUID
    observer_ids: list[UUID]
    is_open: bool


def faults_of(body: ObservationWrite, observer_id: UUID, visit: Planned | None) -> Iterator[FieldError]:
    """Say why an observation is none of this visit's."""
    if visit is None:
        yield FieldError("#/visit_id", "unknown", "is no visit of this district")
        return
    if body.teacher_id != visit.teacher_id:
        yield FieldError("#/teacher_id", "visit", "is not whom this visit looks at")
    is_own = body.type is ObservationType.SELF
    if not is_own and body.purpose.value != visit.purpose:
        yield FieldError("#/purpose", "visit", "is not what this visit is for")
    if body.framework_version_id != visit.framework_version_id:
        yield FieldError("#/framework_version_id", "visit", "is not what this visit is rated with")
    if not is_own and observer_id not in visit.observer_ids:
        yield FieldError("#/visit_id", "observer", "has other observers")
    if body.rating_kind is RatingKind.CONSENSUS and not visit.is_open:
        yield FieldError("#/rating_kind", "blind", "is found when all have submitted")


def table_of(rated: Sequence[Rated]) -> list[IndicatorRatings]:
    """Give what each said of each indicator that anybody said something of."""
    levels = {row.id: {score["indicator_id"]: score["level"] for score in row.scores} for row in rated}
    indicators = sorted({indicator for said in levels.values() for indicator in said})
    return [
        IndicatorRatings(
            indicator_id=UUID(indicator),
            ratings=[Rating(observation_id=row.id, level=levels[row.id].get(indicator)) for row in rated],
        )
        for indicator in indicators
    ]


def agreement_of(rated: Sequence[Rated], *, as_of: datetime) -> Agreement:
    method: dict[str, Any] = {"method_version": METHOD, "as_of": as_of}
    live = [row for row in rated if row.rating_kind == RatingKind.LIVE]
    said: list[Mapping[str, Any]] = [{score["indicator_id"]: score["level"] for score in row.scores} for row in live]
    apart = [
        abs(one[indicator] - other[indicator])
        for one, other in combinations(said, 2)
        for indicator in one
        if isinstance(one[indicator], int) and isinstance(other.get(indicator), int)
    ]
    if not apart:
        return Agreement(**method, pairs=0, exact=None, adjacent=None, reason="no_pair_of_levels")
    exact, adjacent = (sum(gap <= most for gap in apart) / len(apart) for most in (0, 1))
    return Agreement(**method, pairs=len(apart), exact=exact, adjacent=adjacent, reason=None)
