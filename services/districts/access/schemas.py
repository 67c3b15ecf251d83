from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.districts.relationships.schemas import RelationshipWhy
from shared.access.policy import Action, Because
from shared.access.purposes import Purpose
from shared.wire import Day, Id, Read


class AccessQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: Day | None = Field(default=None, description="what held on that day; default: today")


class ExplainQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person: Id
    resource: Annotated[str, StringConstraints(max_length=200)] = Field(
        description="a path as `/v1/observations/{id}`, or `observations:{id}`"
    )
    as_of: Day | None = Field(default=None, description="by the relationships of that day; default: today's")


class RecordingQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person: Id = Field(description="who would observe")
    teacher: Id = Field(description="who would be observed")
    school: Id | None = Field(default=None, description="where; default: wherever the teacher is staff that day")
    purpose: Purpose | None = Field(default=None, description="default: each of them")
    type: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z_]*$")] = Field(
        default="informal", description="of the observation; `self` and `peer` have rules of their own"
    )
    as_of: Day | None = Field(default=None, description="the day of the visit; default: today")


class ResourceRef(Read):
    kind: str
    id: UUID
    owner: str = Field(description="the service whose it is")


class AccessDecision(Read):
    """Whether the person may do it, by which way, and what that stands on."""

    action: Action
    granted: bool
    way: str | None = Field(description="which of the policy's ways; null if refused")
    because: Because | None = Field(description="why it is refused")
    relationships: list[RelationshipWhy] = Field(
        description="what gives it; of a refusal what would, had it not ended, not begun or not been withdrawn"
    )
    fitting: list[str] = Field(
        description="of `record` and `change`: every way that this resource leaves open, whoever asks"
    )
    sentences: list[str] = Field(description="the same for people to read")


class RecordingCase(Read):
    """One visit that might be: where, for which purpose, and whether the person may record it."""

    school_id: UUID
    purpose: Purpose
    teacher_is_staff: bool = Field(description="whether the teacher is staff there that day; else nobody records it")
    decision: AccessDecision


class RecordingExplanation(Read):
    person_id: UUID
    teacher_id: UUID
    type: str
    as_of: date
    is_active: bool = Field(description="whether a client may act for this person at all")
    cases: list[RecordingCase]


class AccessExplanation(Read):
    person_id: UUID
    resource: ResourceRef
    as_of: date
    is_active: bool = Field(description="whether a client may act for this person at all")
    decisions: list[AccessDecision]


class Right(Read):
    """By which ways a kind of resource is open to the person; which rows of it, each row's own people say."""

    kind: str
    action: Action
    ways: list[str]


class PersonAccess(Read):
    person_id: UUID
    as_of: date
    is_active: bool
    merged_ids: list[UUID] = Field(description="under which ids rows are the person's own, too")
    leads: list[UUID] = Field(description="organisations led, with all below them")
    administers: list[UUID] = Field(description="those led as an administrative leader, who may evaluate there")
    belongs_to: list[UUID]
    supports: list[dict[str, Any]] = Field(description="`kind` and `person_id` of those supported or evaluated")
    rights: list[Right]
    relationships: list[RelationshipWhy] = Field(description="all of them, also those that ended or were withdrawn")
