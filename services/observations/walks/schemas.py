from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.observations.walks.rules import EvidenceTag, State
from services.observations.wire import Interval, LookForMark, Part
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Instant, Minutes, Name, Read, ResourceRead, Text, Wire, whole


class LearningWalkWrite(Wire):
    """A walk has a question about practice, and no field for a person's score: it asks what is working."""

    focus_question: Text
    school_id: Id
    framework_version_id: Id
    look_for_ids: list[Id] = Field(min_length=1, max_length=30)
    team_ids: list[Id] = Field(min_length=1, max_length=30, description="who walks; the acting person is one of them")
    scheduled_at: Instant | None = None

    @model_validator(mode="after")
    def names_each_once(self) -> Self:
        if len(set(self.look_for_ids)) < len(self.look_for_ids) or len(set(self.team_ids)) < len(self.team_ids):
            raise ValueError("look_for_ids and team_ids name each one once")
        return self


class Pattern(Wire):
    """Something that the team saw more than once, as a strength or a wonder."""

    kind: Annotated[EvidenceTag, Field(strict=False)]
    statement: Text
    look_for_id: Id | None = None


class PatternRead(Read):
    id: UUID = Field(description="evidence links may start from it")
    kind: EvidenceTag
    statement: str
    look_for_id: UUID | None


class Debrief(Wire):
    patterns: list[Pattern] = Field(min_length=1, max_length=20)
    agreements: list[Text] = Field(
        default_factory=list, max_length=20, description="what the team agreed on; what it informs are evidence links"
    )
    debriefed_at: Instant | None = Field(default=None, description="needs the scope backfill; else now")


class At(Wire):
    at: Instant | None = Field(default=None, description="needs the scope backfill; else now")


class FromRoster(Part):
    """All classes of the walk's school that the roster has on a day, of a period, a subject and a grade where said."""

    day: Day | None = Field(default=None, description="null: the day of `scheduled_at`, else today, at the school")
    period: Name | None = None
    subject: Name | None = Field(default=None, description="of the class, or of its course if it has none of its own")
    grade: Name | None = Field(default=None, description="likewise")


class DrawOrder(Wire):
    """The classes that might be visited, and how many are to be. Nothing of them is kept but how they were drawn."""

    class_ids: list[Id] | None = Field(default=None, min_length=1, max_length=5000)
    roster: FromRoster | None = Field(default=None, description="instead of `class_ids`: by what the roster says")
    count: Annotated[int, Field(ge=1, le=100), BeforeValidator(whole)] = Field(
        description="how many to draw; all of them where there are fewer"
    )
    seed: Name | None = Field(default=None, description="whoever knows it can draw the same again; null: one is made")

    @model_validator(mode="after")
    def names_each_once(self) -> Self:
        if (self.class_ids is None) == (self.roster is None):
            raise ValueError("either class_ids or roster says from which classes")
        if self.class_ids is not None and len(set(self.class_ids)) < len(self.class_ids):
            raise ValueError("class_ids name each one once")
        return self


class DrawRecord(Read):
    """How the classes were drawn, without which they are."""

    seed: str | None = Field(description="null for whoever is not of the team: with the roster it gives the classes")
    population: int = Field(description="from how many classes")
    population_sha256: str = Field(description="of their ids in ascending order, joined by commas")
    roster: FromRoster | None = Field(default=None, description="what was asked of it, with its day; null as `seed`")
    count: int
    number: int = Field(description="which draw of this walk it is: more than 1 says that it was drawn again")
    drawn_at: datetime


class ClassDraw(DrawRecord):
    walk_id: UUID
    class_ids: list[UUID] = Field(description="in the order in which they were drawn; they are kept nowhere")


class LearningWalkRead(ResourceRead):
    focus_question: str
    school_id: UUID
    framework_version_id: UUID
    look_for_ids: list[UUID]
    team_ids: list[UUID]
    scheduled_at: datetime | None
    state: State
    started_at: datetime | None
    debriefed_at: datetime | None
    shared_at: datetime | None
    patterns: list[PatternRead]
    agreements: list[str]
    draw: DrawRecord | None = Field(description="null: the team chose its classes, or has not drawn them yet")
    source: str


class LearningWalkQuery(ResourceQuery):
    school_id: Id | None = None
    state: State | None = None


class StopEvidence(Part):
    kind: Annotated[EvidenceTag, Field(strict=False)]
    text: Text
    look_for_id: Id | None = None


class WalkStopWrite(Wire):
    """What a few minutes in one room showed. Nothing here names a teacher."""

    walk_id: Id
    at: Instant
    minutes: Minutes
    grade: Name | None = None
    subject: Name | None = None
    marks: list[LookForMark] = Field(default_factory=list, max_length=30)
    evidence: list[StopEvidence] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def marks_each_once(self) -> Self:
        if len({mark.look_for_id for mark in self.marks}) < len(self.marks):
            raise ValueError("marks name each look-for once")
        return self


class WalkStopRead(ResourceRead):
    walk_id: UUID
    at: datetime
    minutes: int
    grade: str | None
    subject: str | None
    marks: list[LookForMark]
    evidence: list[StopEvidence]


class WalkStopQuery(ResourceQuery):
    walk_id: Id | None = None


class PrevalenceRead(Read):
    look_for_id: UUID
    seen: int | None = Field(description="stops that saw it, or counted it at least once")
    stops: int | None = Field(
        description="the stops that looked for it and where it applied: the denominator; null with `suppressed`"
    )
    value: float | None = Field(description="seen of stops; null: nothing looked for it, or `suppressed`")
    interval: Interval | None = Field(description="Wilson's, at 95 %")
    suppressed: bool = Field(description="too few stops, or this part would follow from the others")


class SummaryBy(StrEnum):
    GRADE = "grade"
    SUBJECT = "subject"


class SummaryQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: SummaryBy | None = Field(default=None, description="also apart by the grade or the subject of the stops")


class SummaryPart(Read):
    value: str | None = Field(description="the grade or subject; null: no stop said one")
    prevalence: list[PrevalenceRead]


class WalkSummary(Read):
    """The walk as all staff of the school may see it: counts over stops, patterns, no stop by itself.

    Its team and machines read all numbers. For everybody else a number has at least `n_min` stops behind it, and so has
    what is left of a total when all shown parts are taken from it.
    """

    walk_id: UUID
    method_version: str
    as_of: datetime
    n_min: int | None = Field(description="fewest stops behind a number; null: you read them all")
    stops: int
    strengths: int | None = Field(description="null where the walk has fewer stops than n_min")
    wonders: int | None
    prevalence: list[PrevalenceRead]
    parts: list[SummaryPart] = Field(description="only with `by`")
    patterns: list[PatternRead]
    agreements: list[str]
    draw: DrawRecord | None
    school_days_to_debrief: int | None = Field(
        description="school days after the day of the walk, by the school's calendar; null: not debriefed yet"
    )
