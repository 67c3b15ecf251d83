"""What a district's policy says of an observation. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from services.observations.calendars.rules import Level, after_school_days
from services.observations.observation_policies.schemas import ClockUnit, FeedbackClock, TypePolicy
from services.observations.observations.rules import ObservationType, Progress
from services.observations.settings import ObservationsSettings

USUAL = TypePolicy()
REMIND_BEFORE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds in a district; `version` 0 is the deployment's own, which no district has changed."""

    version: int
    clock: FeedbackClock
    read_within: timedelta
    remind_before: timedelta
    types: Mapping[ObservationType, TypePolicy] = field(default_factory=dict)
    calendars: Mapping[UUID, Sequence[Level]] = field(default_factory=dict)  # of schools, where days are counted

    @classmethod
    def usual(cls, settings: ObservationsSettings) -> Self:
        clock = FeedbackClock(unit=ClockUnit.HOURS, amount=settings.feedback_due_hours)
        within = timedelta(days=settings.lock_unread_after_days)
        return cls(0, clock, within, timedelta(hours=REMIND_BEFORE_HOURS))

    @classmethod
    def of(cls, version: int, types: dict[str, Any], clock: dict[str, Any], days: int, hours: int) -> Self:
        return cls(
            version,
            FeedbackClock.model_validate(clock),
            timedelta(days=days),
            timedelta(hours=hours),
            {ObservationType(name): TypePolicy.model_validate(said) for name, said in types.items()},
        )

    def for_type(self, kind: ObservationType) -> TypePolicy:
        return self.types.get(kind, USUAL)


def due_at(policy: Policy, progress: Progress, school_id: UUID) -> datetime | None:
    """Say when feedback is due; None where none is owed, or the visit has not begun."""
    if progress.observed_at is None or not progress.owes_feedback:
        return None
    if policy.clock.unit is ClockUnit.SCHOOL_DAYS:
        return after_school_days(policy.calendars.get(school_id, ()), progress.observed_at, policy.clock.amount)
    return progress.observed_at + timedelta(hours=policy.clock.amount)
