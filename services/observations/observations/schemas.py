from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.observations.observations.rules import (
    CompletionMode,
    Lane,
    ObservationType,
    Purpose,
    RatingKind,
    Side,
    State,
    Subject,
)
from services.observations.wire import LookForMark, Part
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Instant, Key, Level, Name, Partial, Read, ResourceRead, Text, Wire, whole

MOST_LINES = 500


class ScriptLine(Part):
    """What was seen or heard at one moment, without judgement, and which indicators or look-fors it is about."""

    id: Id
    at: Instant
    text: Text
    codes: list[Id] = Field(default_factory=list, max_length=20)


class Score(Part):
    """A level, or why there is none. An indicator that is not in the list is missing, which is a third thing."""

    indicator_id: Id
    level: Level | Literal["not_observed", "not_applicable"]


class NextStep(Part):
    text: Text
    due_date: Day | None = None


class Feedback(Part):
    """What the observer says to the teacher: descriptive, standing on evidence, at most two next steps."""

    body: Text
    evidence: list[Id] = Field(
        default_factory=list,
        max_length=50,
        description="ids of script lines, or of shared evidence items of this observation",
    )
    next_steps: list[NextStep] = Field(default_factory=list, max_length=2)


class ObservationWrite(Wire):
    """An observation as its observer writes it, from a plan to the whole of it in one body.

    The times of what happened are the server's, as the state is reached, unless the client may `backfill`.
    """

    purpose: Annotated[Purpose, Field(strict=False, description="fixed at creation")]
    type: Annotated[ObservationType, Field(strict=False, description="fixed at creation")]
    subject: Annotated[
        Subject, Field(strict=False, description="as what the person is observed; fixed at creation")
    ] = Subject.TEACHER
    lane: Annotated[Lane | None, Field(strict=False)] = Field(
        default=None, description="fixed at creation; null: accountability for an evaluation, else support"
    )
    state: Literal["scheduled", "in_progress", "submitted", "shared", "locked"] = Field(
        default="scheduled", description="which of them there are depends on the completion of the type"
    )
    teacher_id: Id = Field(description="who is observed: the teacher, or as `subject` says; fixed at creation")
    school_id: Id
    observer_id: Id | None = Field(default=None, description="the acting person; a machine that backfills names one")
    visit_id: Id | None = Field(default=None, description="a visit that several observers rate; fixed at creation")
    rating_kind: Annotated[RatingKind, Field(strict=False, description="fixed at creation")] = RatingKind.LIVE
    class_id: Id | None = Field(
        default=None,
        description="a class of the roster, taken as named; what the roster says of it comes as it is known",
    )
    framework_version_id: Id | None = Field(default=None, description="a published version")
    announced: bool | None = Field(default=None, description="whether it was announced; null: not said")
    scheduled_at: Instant | None = None
    scheduled_end_at: Instant | None = None
    pre_conference_at: Instant | None = None
    observed_at: Instant | None = Field(default=None, description="when it began")
    ended_at: Instant | None = None
    submitted_at: Instant | None = None
    post_conference_at: Instant | None = None
    shared_at: Instant | None = None
    read_at: Instant | None = None
    responded_at: Instant | None = None
    followed_up_at: Instant | None = None
    locked_at: Instant | None = None
    script: list[ScriptLine] = Field(default_factory=list, max_length=MOST_LINES)
    scores: list[Score] = Field(default_factory=list, max_length=500)
    look_fors: list[LookForMark] = Field(default_factory=list, max_length=200)
    feedback: Feedback | None = None
    response: Text | None = Field(
        default=None, description="the teacher's answer, only when history is backfilled; null leaves what she said"
    )


class ObservationCreate(ObservationWrite):
    id: Id | None = Field(default=None, description="made here if not given; a tablet makes its own (UUIDv7)")


class BatchItem(ObservationWrite):
    id: Id
    base_version: Annotated[int, Field(ge=1, le=2_147_483_647), BeforeValidator(whole)] | None = Field(
        default=None, description="the version that a change was made from; a device that numbers its saves needs none"
    )
    device: Key | None = Field(default=None, description="a name of the tablet, with `revision`")
    revision: Annotated[int, Field(ge=1, le=2_147_483_647), BeforeValidator(whole)] | None = Field(
        default=None, description="counts the saves of this observation on the device: a later one replaces an earlier"
    )


class FeedbackPatch(Partial, Feedback):
    pass


class ObservationPatch(Partial, ObservationWrite):
    feedback: FeedbackPatch | None


class ResponseKind(StrEnum):
    ANSWER = "answer"
    REBUTTAL = "rebuttal"


class Conferences(Read):
    """What was agreed in the conferences that were held."""

    pre_conference: str | None = None
    post_conference: str | None = None


class Content(Read):
    """What was seen and said. Withheld from those whom the purpose keeps out."""

    script: list[ScriptLine]
    scores: list[Score]
    look_fors: list[LookForMark]
    feedback: Feedback | None
    response: str | None
    response_kind: ResponseKind | None
    follow_up: str | None = Field(description="what the observer said when coming back to it")
    conferences: Conferences | None
    reason: str | None = Field(description="why it was cancelled, voided or unlocked")


class Withheld(StrEnum):
    """Why there is no content in the answer."""

    PURPOSE = "purpose"
    NOT_SHARED = "not_shared"
    NOT_ASKED = "not_asked"
    BLIND = "blind"


class ClassSnapshot(Read):
    """What the roster said of the class when it was visited. It is the roster's: corrected without a new version."""

    title: str
    school_id: UUID
    course_id: UUID
    course_title: str | None
    subjects: list[str] = Field(description="the class's; its course's if it has none of its own")
    grades: list[str]
    begin_date: date | None = Field(description="the first day of its terms")
    end_date: date | None


class ObservationRead(ResourceRead):
    purpose: Purpose
    type: ObservationType
    subject: Subject
    lane: Lane
    rating_kind: RatingKind
    visit_id: UUID | None
    state: State
    completion: CompletionMode = Field(description="how its type was completed when it was made")
    needs_pre_conference: bool
    needs_post_conference: bool
    framework_version_id: UUID | None
    observer_id: UUID
    teacher_id: UUID
    school_id: UUID
    class_id: UUID | None
    class_snapshot: ClassSnapshot | None = Field(
        description="the class as of the day of the visit; null as long as the roster has not said anything of it"
    )
    announced: bool | None
    scheduled_at: datetime | None
    scheduled_end_at: datetime | None
    pre_conference_at: datetime | None
    observed_at: datetime | None
    ended_at: datetime | None
    submitted_at: datetime | None
    post_conference_at: datetime | None
    shared_at: datetime | None
    read_at: datetime | None
    responded_at: datetime | None
    followed_up_at: datetime | None
    locked_at: datetime | None
    unlock_asked_by: Side | None = Field(description="which side asks to unlock it; the other may agree")
    unlock_asked_at: datetime | None
    feedback_due_at: datetime | None = Field(description="null where no feedback is owed")
    source: Literal["live", "backfill"]
    withheld: Withheld | None = Field(
        description="why `content` is null: its purpose keeps it from you, it is not shared yet, or you did not ask"
    )
    content: Content | None


class ObservationQuery(ResourceQuery):
    teacher_id: Id | None = None
    observer_id: Id | None = None
    school_id: Id | None = None
    framework_version_id: Id | None = None
    purpose: Purpose | None = None
    type: ObservationType | None = None
    subject: Subject | None = None
    lane: Lane | None = None
    state: State | None = None
    class_id: Id | None = None
    content_area: Name | None = Field(default=None, description="a subject of its class")
    grade: Name | None = Field(default=None, description="a grade of its class")
    observed_from: Instant | None = Field(default=None, description="observed then or later")
    observed_before: Instant | None = Field(default=None, description="observed before then")
    feedback_overdue: bool | None = Field(default=None, description="true: feedback is due and not shared")
    content: bool = Field(default=False, description="add the content of those that you may read")


class ActionTime(Wire):
    """An action may carry the time at which it happened, with the scope `backfill`."""

    at: Instant | None = None


class Cancellation(ActionTime):
    reason: Text | None = None


class Voiding(ActionTime):
    reason: Text


class TeacherResponse(ActionTime):
    text: Text
    kind: Annotated[ResponseKind, Field(strict=False)] = ResponseKind.ANSWER


class Conference(ActionTime):
    notes: Text | None = Field(default=None, description="what was agreed; the observed reads it once it is shared")


class FollowUp(ActionTime):
    text: Text | None = None


class UnlockRequest(Wire):
    reason: Text


class Reassignment(Wire):
    observer_id: Id = Field(description="who goes on with it; what was recorded stays, and who recorded it")


class Batch(Wire):
    items: list[Annotated[BatchItem | Any, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=1000, description="each a BatchItem; anything else gets a 422 of its own"
    )


class ItemOutcome(Read):
    id: UUID | None = Field(description="null if the item has no readable id")
    status: int = Field(description="201 new, 200 changed or there already, else as the single request would answer")
    version: int | None
    problem: dict[str, Any] | None = Field(description="problem+json of an item that was refused")
    conflict_id: UUID | None = Field(default=None, description="where both values are kept, to be chosen from")


class BatchRead(Read):
    data: list[ItemOutcome] = Field(description="one outcome for each item, in the order of the items")
