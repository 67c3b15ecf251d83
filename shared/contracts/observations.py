"""What observations promises: framework versions, and that observations happened, without a word of what was said."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.state import Promise, State


class LevelState(Promise):
    ordinal: int
    label: str


class IndicatorState(Promise):
    id: UUID
    code: str | None
    title: str
    component_id: UUID
    domain_id: UUID
    levels: list[LevelState]


class LookForState(Promise):
    """`kind` is seen (seen or not) or count. `tags` say what it is about, such as culturally_responsive."""

    id: UUID
    code: str | None
    title: str
    kind: str
    indicator_id: UUID | None
    tags: list[str] = Field(default_factory=list)


class FrameworkState(State):
    name: str


class FrameworkVersionState(State):
    """`state` is draft, published or retired; from published on, what it says never changes."""

    framework_id: UUID
    label: str
    state: str
    published_at: datetime | None
    retired_at: datetime | None
    indicators: list[IndicatorState]
    look_fors: list[LookForState]


class FrameworkEnablementState(State):
    """Where a version is used: for a place (null: everywhere) and a role (null: every one), with first and last day."""

    framework_version_id: UUID
    framework_id: UUID
    org_id: UUID | None
    role: str | None
    begin_date: date
    end_date: date | None


class CrosswalkState(State):
    """Between which versions a crosswalk lies, and its place in its life; what it says is read by its id."""

    from_version_id: UUID
    to_version_id: UUID
    state: str
    published_at: datetime | None
    retired_at: datetime | None


class AgreementState(State):
    """What a school agreed on (`state` draft, ratified, superseded or ended), and the look-fors that show it.

    It holds from `ratified_on` up to, and without, `ended_on`. `number` is 1, and one more for what takes its place.
    """

    org_id: UUID
    title: str
    number: int
    state: str
    framework_version_id: UUID
    look_for_ids: list[UUID]
    supersedes_id: UUID | None
    ratified_on: date | None
    ended_on: date | None


class AcknowledgementState(State):
    """Somebody confirmed having read a published version."""

    framework_version_id: UUID
    person_id: UUID
    acknowledged_at: datetime


class ScoreState(Promise):
    """`level` is an ordinal of the indicator, not_observed or not_applicable; an indicator without a row is missing."""

    indicator_id: UUID
    level: int | str


class LookForMark(Promise):
    """`mark` is seen, not_seen, not_applicable, or a count."""

    look_for_id: UUID
    mark: int | str


class ObservationState(State):
    """Where an observation stands. Scores and look-fors come with its submission: before that they are notes.

    `teacher_id` is who was observed, as `subject` says. Only `rating_kind` live is a visit of its own: the others are
    made from one, or train raters. `feedback_due_at` is null where no feedback is owed (purposes walk and research, and
    self-observations).
    """

    purpose: str
    type: str
    subject: str = "teacher"
    lane: str = "support"
    rating_kind: str = "live"
    state: str
    framework_version_id: UUID | None
    observer_id: UUID
    teacher_id: UUID
    school_id: UUID
    class_id: UUID | None
    announced: bool | None = None
    scheduled_at: datetime | None
    observed_at: datetime | None
    submitted_at: datetime | None
    shared_at: datetime | None
    read_at: datetime | None
    responded_at: datetime | None
    followed_up_at: datetime | None = None
    locked_at: datetime | None
    feedback_due_at: datetime | None
    source: str
    scores: list[ScoreState]
    look_fors: list[LookForMark]
    next_steps: int


class ObservationPolicyState(State):
    """How a district observes: per type the completion and the conferences, and when feedback is due."""

    types: dict[str, dict[str, str | bool]]
    feedback_clock: dict[str, str | int]
    read_within_days: int
    remind_before_hours: int


class ExpectationState(State):
    """What is expected of somebody by a day; `version` is the policy's. How far it is met is read, never told."""

    policy_id: UUID
    rule: str
    ask: str
    purpose: str
    teacher_id: UUID
    school_id: UUID
    begin_date: date
    due_date: date
    end_date: date


class WalkStopState(Promise):
    id: UUID
    at: datetime
    marks: list[LookForMark]


class LearningWalkState(State):
    """A walk with its stops: what was looked for and seen at each, and nobody's name."""

    school_id: UUID
    framework_version_id: UUID
    state: str
    scheduled_at: datetime | None
    started_at: datetime | None
    debriefed_at: datetime | None
    shared_at: datetime | None
    stops: list[WalkStopState]


class EvidenceLinkState(State):
    """What evidence informed: `source_kind` learning_walk, pattern or observation, `target_kind` pl_activity,
    coaching_cycle, plan_action or evaluation. `walk_id` is the walk, also of a pattern."""

    source_kind: str
    source_id: UUID
    target_kind: str
    target_id: UUID
    walk_id: UUID | None = None
    linked_at: datetime | None = None
