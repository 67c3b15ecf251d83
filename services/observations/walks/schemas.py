from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.observations.walks.rules import EvidenceKind, Mark, State
from shared.paging import ResourceQuery
from shared.wire import Id, Instant, Minutes, Name, Read, ResourceRead, Text, Wire


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

    kind: Annotated[EvidenceKind, Field(strict=False)]
    statement: Text
    look_for_id: Id | None = None


class Debrief(Wire):
    patterns: list[Pattern] = Field(min_length=1, max_length=20)
    debriefed_at: Instant | None = Field(default=None, description="needs the scope backfill; else now")


class At(Wire):
    at: Instant | None = Field(default=None, description="needs the scope backfill; else now")


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
    patterns: list[Pattern]
    source: str


class LearningWalkQuery(ResourceQuery):
    school_id: Id | None = None
    state: State | None = None


class LookForMark(Wire):
    look_for_id: Id
    mark: Annotated[Mark, Field(strict=False)]


class EvidenceItem(Wire):
    kind: Annotated[EvidenceKind, Field(strict=False)]
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
    evidence: list[EvidenceItem] = Field(default_factory=list, max_length=50)

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
    evidence: list[EvidenceItem]


class WalkStopQuery(ResourceQuery):
    walk_id: Id | None = None


class PrevalenceRead(Read):
    look_for_id: UUID
    seen: int
    stops: int = Field(description="the stops that looked for it: the denominator")


class WalkSummary(Read):
    """The walk as all staff of the school may see it: counts over stops, patterns, no stop by itself."""

    walk_id: UUID
    stops: int
    strengths: int
    wonders: int
    prevalence: list[PrevalenceRead]
    patterns: list[Pattern]
