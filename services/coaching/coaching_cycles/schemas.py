from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.coaching.coaching_cycles.rules import GoalKind, Outcome, SessionType, State, faults
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Instant, Key, Minutes, Name, Read, ResourceRead, Text, Wire

Number = Annotated[float, Field(ge=-1e9, le=1e9)]


class Phase(Wire):
    key: Key
    name: Name
    next: list[Key] = Field(default_factory=list, max_length=20, description="keys of the phases that may follow")


class CycleModelWrite(Wire):
    """The first phase is where a cycle starts."""

    name: Name
    phases: list[Phase] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def phases_can_be_walked(self) -> Self:
        if found := faults([phase.model_dump() for phase in self.phases]):
            raise ValueError("; ".join(found))
        return self


class CycleModelRead(ResourceRead):
    name: str
    phases: list[Phase]


class CycleGoal(Wire):
    statement: Text
    kind: Annotated[GoalKind, Field(strict=False)] = GoalKind.PEERS
    baseline: Number | None = None
    target: Number | None = None
    unit: Name | None = None


class CoachingCycleWrite(Wire):
    """A request for coaching. `observation_id` names the observation whose feedback it comes from."""

    model_id: Id
    coachee_id: Id
    org_id: Id
    coach_id: Id | None = Field(default=None, description="null leaves the coach to the action match")
    goal_id: Id | None = Field(default=None, description="the school or district goal that it serves")
    observation_id: Id | None = None
    look_for_id: Id | None = None
    focus: Text | None = None
    goal: CycleGoal | None = None
    requested_at: Instant | None = Field(default=None, description="needs the scope backfill; else now")


class At(Wire):
    at: Instant | None = Field(default=None, description="needs the scope backfill; else now")


class Match(Wire):
    coach_id: Id


class Advance(Wire):
    phase: Key


class Completion(At):
    outcome: Annotated[Outcome, Field(strict=False)]


class CycleContent(Read):
    """What only the pair sees."""

    focus: str | None
    goal: CycleGoal | None


class CoachingCycleRead(ResourceRead):
    """`content` is null for everybody but the pair."""

    model_id: UUID
    coachee_id: UUID
    coach_id: UUID | None
    org_id: UUID
    goal_id: UUID | None
    observation_id: UUID | None
    look_for_id: UUID | None = Field(description="null for every person but the pair")
    state: State
    phase: str | None
    requested_at: datetime
    activated_at: datetime | None
    completed_at: datetime | None
    outcome: Outcome | None = Field(description="null for every person but the pair")
    content: CycleContent | None


class CoachingCycleQuery(ResourceQuery):
    coachee_id: Id | None = None
    coach_id: Id | None = None
    goal_id: Id | None = None
    state: State | None = None


class CoachingSessionWrite(Wire):
    cycle_id: Id
    type: Annotated[SessionType, Field(strict=False)]
    held_at: Instant
    minutes: Minutes
    notes: Text | None = None


class CoachingSessionRead(ResourceRead):
    """`notes` is null for everybody but the pair."""

    cycle_id: UUID
    type: SessionType
    held_at: datetime
    minutes: int
    notes: str | None


class ActionStepWrite(Wire):
    cycle_id: Id
    what: Text
    how_practised: Text | None = None
    due_date: Day | None = None
    is_met: bool | None = None


class ActionStepRead(ResourceRead):
    cycle_id: UUID
    what: str
    how_practised: str | None
    due_date: date | None
    is_met: bool | None


class OfCycleQuery(ResourceQuery):
    cycle_id: Id | None = None
