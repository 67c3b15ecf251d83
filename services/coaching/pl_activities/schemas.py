from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.coaching.pl_activities.rules import Format, Setting, State
from shared.paging import ResourceQuery
from shared.wire import Id, Minutes, Name, ResourceRead, Text, Wire


class PLActivityWrite(Wire):
    """`target_look_for_ids` are the practices that it is to bring about: look-fors of the named framework version."""

    title: Name
    description: Text | None = None
    format: Annotated[Format, Field(strict=False)]
    setting: Annotated[Setting, Field(strict=False)] = Setting.JOB_EMBEDDED
    org_id: Id = Field(description="the school or district that offers it")
    goal_id: Id | None = None
    plan_action_id: Id | None = Field(default=None, description="the work-plan action that it carries out")
    framework_version_id: Id | None = None
    target_look_for_ids: list[Id] = Field(default_factory=list, max_length=50)
    required_minutes: Minutes = Field(default=0, description="attendance that earns the credit")
    contact_hours: float = Field(default=0, ge=0, le=1000, description="credit, in contact hours")


class PLActivityRead(ResourceRead):
    title: str
    description: str | None
    format: Format
    setting: Setting
    org_id: UUID
    goal_id: UUID | None
    plan_action_id: UUID | None
    framework_version_id: UUID | None
    target_look_for_ids: list[UUID]
    required_minutes: int
    contact_hours: float
    state: State


class PLActivityQuery(ResourceQuery):
    org_id: Id | None = None
    goal_id: Id | None = None
    orphan: bool | None = Field(
        default=None, description="true: those that serve neither a goal nor a work-plan action"
    )
