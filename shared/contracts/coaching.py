"""What coaching promises: goals, plans, professional learning, and that coaching happens (never what is said in it)."""

from datetime import date, datetime
from uuid import UUID

from shared.contracts.state import Promise, State


class VisionState(State):
    org_id: UUID
    statement: str
    domains: list[str]


class GoalState(State):
    """`level` is district, school or individual; `state` draft, active, met or dropped."""

    level: str
    org_id: UUID
    owner_id: UUID | None
    vision_id: UUID | None
    parent_id: UUID | None
    domain: str
    title: str
    unit: str | None
    baseline: float | None
    target: float | None
    due_date: date | None
    state: str


class PLActivityState(State):
    """`target_look_for_ids` are the practices that the activity means to bring about."""

    title: str
    format: str
    org_id: UUID
    goal_id: UUID | None
    plan_action_id: UUID | None
    framework_version_id: UUID | None
    target_look_for_ids: list[UUID]
    contact_hours: float
    state: str


class Attendance(Promise):
    person_id: UUID
    minutes: int


class PLSessionState(State):
    activity_id: UUID
    starts_at: datetime
    minutes: int
    state: str
    delivered_at: datetime | None
    attendance: list[Attendance]


class WorkPlanState(State):
    title: str
    org_id: UUID
    school_year: int
    state: str


class PlanActionState(State):
    work_plan_id: UUID
    goal_id: UUID | None
    title: str
    owner_id: UUID | None
    due_date: date | None
    state: str


class CoachingCycleState(State):
    """That a cycle happens and how much of it, never what is said in it: its content is for the pair."""

    coach_id: UUID | None
    coachee_id: UUID
    org_id: UUID
    goal_id: UUID | None
    observation_id: UUID | None
    look_for_id: UUID | None
    state: str
    phase: str | None
    requested_at: datetime
    activated_at: datetime | None
    completed_at: datetime | None
    outcome: str | None
    sessions: int
    minutes: int
    first_session_on: date | None
    last_session_on: date | None
