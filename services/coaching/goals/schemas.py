from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.coaching.goals.rules import Level, State
from services.coaching.visions.domains import VisionDomain
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Name, Partial, ResourceRead, Text, Wire

Number = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
GoalLevel = Annotated[Level, Field(strict=False)]
GoalDomain = Annotated[VisionDomain, Field(strict=False)]


class GoalWrite(Wire):
    """The state is not written: a new goal is a draft, and moves by its actions."""

    level: GoalLevel = Field(description="for good: a goal never changes its level")
    org_id: Id = Field(description="whose goal it is, or where its owner pursues it")
    owner_id: Id | None = Field(default=None, description="who answers for it; an individual goal has one")
    vision_id: Id | None = None
    parent_id: Id | None = Field(default=None, description="the goal of a level above that it serves")
    domain: GoalDomain
    title: Name
    description: Text | None = None
    unit: Name | None = Field(default=None, description="what baseline and target are counted in")
    baseline: Number | None = None
    target: Number | None = None
    due_date: Day | None = None


class GoalPatch(Partial, GoalWrite):
    """A merge patch: what is left out stays."""


class GoalRead(ResourceRead):
    level: Level
    org_id: UUID
    owner_id: UUID | None
    vision_id: UUID | None
    parent_id: UUID | None
    domain: VisionDomain
    title: str
    description: str | None
    unit: str | None
    baseline: float | None
    target: float | None
    due_date: date | None
    state: State


class GoalQuery(ResourceQuery):
    level: Level | None = None
    state: State | None = None
    domain: VisionDomain | None = None
    org_id: Id | None = None
    owner_id: Id | None = None
    vision_id: Id | None = None
    parent_id: Id | None = None
    orphan: bool | None = Field(
        default=None,
        description="true: what hangs nowhere, a district goal without a vision or another without a goal above it; "
        "one that is archived or dropped holds nothing",
    )
