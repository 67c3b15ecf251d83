from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from services.observations.observations.rules import RatingKind, State
from shared.access.purposes import Purpose
from shared.paging import ResourceQuery
from shared.wire import Id, Read, ResourceRead, Wire


class VisitWrite(Wire):
    """Who looks at whom with what. Each observer records an observation of her own with this `visit_id`."""

    purpose: Purpose = Field(strict=False, description="what all of its ratings are for; fixed at creation")
    teacher_id: Id
    school_id: Id
    framework_version_id: Id
    observer_ids: list[Id] = Field(min_length=2, max_length=20, description="staff, and not the teacher")

    @model_validator(mode="after")
    def each_another(self) -> Self:
        if len({self.teacher_id, *self.observer_ids}) <= len(self.observer_ids):
            raise ValueError("observer_ids name each one once, and not the teacher")
        return self


class VisitRead(ResourceRead):
    purpose: Purpose
    teacher_id: UUID
    school_id: UUID
    framework_version_id: UUID
    observer_ids: list[UUID]
    opened_at: datetime | None = Field(description="when the last of them had submitted: until then each rates blind")


class VisitQuery(ResourceQuery):
    purpose: Purpose | None = None
    teacher_id: Id | None = None
    school_id: Id | None = None


class Rater(Read):
    observation_id: UUID
    observer_id: UUID
    rating_kind: RatingKind
    state: State


class Rating(Read):
    observation_id: UUID
    level: int | str | None = Field(description="a level, not_observed, not_applicable; null is missing")


class IndicatorRatings(Read):
    indicator_id: UUID
    ratings: list[Rating]


class Agreement(Read):
    """Over all pairs of live ratings that both have a level.

    They are all pairs of this visit and no sample, and one rater's hang together: there is no interval.
    """

    method_version: str
    as_of: datetime
    pairs: int
    exact: float | None
    adjacent: float | None = Field(description="at most one level apart")
    reason: str | None


class VisitRatings(Read):
    visit_id: UUID
    raters: list[Rater]
    indicators: list[IndicatorRatings]
    agreement: Agreement
