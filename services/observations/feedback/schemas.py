from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from services.observations.evidence_items.schemas import EvidenceItemRead
from services.observations.observations.rules import Purpose
from services.observations.observations.schemas import NextStep, ResponseKind, ScriptLine
from shared.paging import ResourceQuery
from shared.wire import Id, ResourceRead


class FeedbackState(StrEnum):
    DRAFT = "draft"
    SHARED = "shared"
    READ = "read"
    RESPONDED = "responded"
    FOLLOWED_UP = "followed_up"


class FeedbackRead(ResourceRead):
    id: UUID = Field(description="the id of its observation, by whose actions it is shared, read and answered")
    purpose: Purpose
    state: FeedbackState
    observer_id: UUID
    teacher_id: UUID
    school_id: UUID
    observed_at: datetime | None
    due_at: datetime | None
    shared_at: datetime | None
    read_at: datetime | None
    responded_at: datetime | None
    followed_up_at: datetime | None
    body: str
    evidence: list[ScriptLine] = Field(description="the lines of the script that it stands on")
    evidence_items: list[EvidenceItemRead] = Field(description="the other evidence that it stands on")
    next_steps: list[NextStep]
    response: str | None
    response_kind: ResponseKind | None
    follow_up: str | None


class FeedbackQuery(ResourceQuery):
    teacher_id: Id | None = None
    observer_id: Id | None = None
    state: FeedbackState | None = None
