from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.analytics.measures.application.rules import LookDesign
from services.analytics.measures.application.schemas import ApplicationRow, PracticeRead, WindowsRead
from services.analytics.measures.schemas import ValueRead
from services.analytics.throughlines.rules import GapCode
from shared.access.purposes import DataUse
from shared.wire import Read

Counted = int | None  # null: too few people stand behind it


class ThroughlineGoal(Read):
    id: UUID
    level: str
    title: str
    state: str
    domain: str
    org_id: UUID
    org_name: str | None
    parent_id: UUID | None
    unit: str | None
    baseline: float | None
    target: float | None
    due_date: date | None


class ThroughlineVision(Read):
    id: UUID
    statement: str


class ThroughlineAbove(Read):
    """From the goal upwards: the goals that it serves, nearest first, and the vision at the top."""

    goals: list[ThroughlineGoal]
    vision: ThroughlineVision | None


class ThroughlineBelow(Read):
    """The goals that serve this one. Individual goals are their owners' and only counted."""

    goals: list[ThroughlineGoal]
    individual_goals: Counted = Field(description="null where too few people own them")


class ThroughlineAction(Read):
    id: UUID
    goal_id: UUID
    title: str
    state: str
    due_date: date | None
    is_late: bool
    work_plan_id: UUID
    work_plan_title: str
    work_plan_state: str
    org_id: UUID


class ThroughlineSessions(Read):
    planned: int
    delivered: int
    cancelled: int


class ThroughlineAttendance(Read):
    people: Counted
    minutes: Counted = Field(description="of all people together")
    credited: Counted = Field(description="people who earned credit")
    credit_hours: float | None


class ThroughlineApplication(Read):
    """What was seen of the target practices, as `GET /v1/measures/look_for_application` has it in more detail."""

    windows: WindowsRead | None
    design: LookDesign
    comparison: ValueRead | None
    lag_days: ValueRead
    rows: list[ApplicationRow] = Field(description="everybody; who attended and who did not; stops of walks")
    schools: list[ApplicationRow] = Field(description="by school, those within sight; only under a district's goal")


class ThroughlineLearning(Read):
    id: UUID
    title: str
    format: str
    state: str
    org_id: UUID
    goal_id: UUID | None
    plan_action_id: UUID | None
    target_practices: list[PracticeRead]
    sessions: ThroughlineSessions
    attendance: ThroughlineAttendance
    application: ThroughlineApplication


class ThroughlineInformed(Read):
    kind: str
    id: UUID | None = Field(description="null for a coaching cycle: which one it is stays with the pair")


class ThroughlineWalk(Read):
    id: UUID
    school_id: UUID
    school_name: str | None
    state: str
    started_at: datetime | None
    shared_at: datetime | None
    stops: int | None = Field(description="null until the walk is shared")
    informed: list[ThroughlineInformed]


class ThroughlineCoaching(Read):
    """Cycles that cite the goal or one below it; how they went, never what was said."""

    counts: dict[str, Counted]
    values: dict[str, ValueRead]


class ThroughlineFeedback(Read):
    """Observations whose evidence informed any of this, or from which a cycle was asked for."""

    counts: dict[str, Counted]
    values: dict[str, ValueRead]


class ThroughlineOrg(Read):
    """What one school, or the district's office, does for the goal."""

    org_id: UUID
    org_name: str | None
    goals: int
    actions: int
    actions_done: int
    actions_late: int
    activities: int
    sessions_delivered: int
    walks: int
    cycles: Counted


class ThroughlineGap(Read):
    code: GapCode
    message: str
    about: UUID | None = Field(description="the action, activity or school; null: the goal itself")


class ThroughlineRead(Read):
    purpose: DataUse | None = Field(description="for what it was asked; null: nobody said")
    policy_version: int = Field(description="of the district's data-use policy; 0: it has none")
    goal: ThroughlineGoal
    above: ThroughlineAbove
    below: ThroughlineBelow
    actions: list[ThroughlineAction]
    professional_learning: list[ThroughlineLearning]
    walks: list[ThroughlineWalk]
    coaching: ThroughlineCoaching
    feedback: ThroughlineFeedback
    orgs: list[ThroughlineOrg] = Field(description="by school, those within sight")
    missing: list[ThroughlineGap]
    left_out: dict[str, int] = Field(
        description="how many of each list are not shown: beyond its length, or of schools out of sight"
    )
    method_version: str
    as_of: datetime
    n_min: int
    caution: str
