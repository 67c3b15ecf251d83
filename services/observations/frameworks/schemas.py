from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.paging import ResourceQuery
from shared.wire import ExternalIds, ExternalIdsPatch, Id, Key, Level, Name, Partial, ResourceRead, Text, Wire


class LookForKind(StrEnum):
    SEEN = "seen"
    COUNT = "count"


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Part(Wire):
    """A part of a version's document: the same shape in both directions, so that what was read can be sent."""

    model_config = ConfigDict(json_schema_mode_override="validation")


class PerformanceLevel(Part):
    ordinal: Level
    label: Name
    descriptor: Text | None = None


class Indicator(Part):
    """What is scored. The id stays the same in later versions as long as it means the same practice."""

    id: Id
    code: Key | None = Field(default=None, description="what people call it, such as 3b")
    title: Name
    description: Text | None = None
    levels: list[PerformanceLevel] = Field(min_length=2, max_length=10, description="in rising order of `ordinal`")


class Component(Part):
    id: Id
    code: Key | None = None
    title: Name
    description: Text | None = None
    indicators: list[Indicator] = Field(min_length=1, max_length=30)


class Domain(Part):
    id: Id
    code: Key | None = None
    title: Name
    description: Text | None = None
    components: list[Component] = Field(min_length=1, max_length=30)


class LookFor(Part):
    """What an observer saw or did not see, or counted; it has no level."""

    id: Id
    code: Key | None = None
    title: Name
    kind: Annotated[LookForKind, Field(strict=False)] = LookForKind.SEEN
    indicator_id: Id | None = Field(default=None, description="the indicator of this version that it shows")
    tags: list[Key] = Field(default_factory=list, max_length=20)


class FrameworkWrite(Wire):
    name: Name
    description: Text | None = None
    external_ids: ExternalIds


class FrameworkPatch(Partial, FrameworkWrite):
    external_ids: ExternalIdsPatch  # type: ignore[assignment]  # it may also remove one


class FrameworkRead(ResourceRead):
    name: str
    description: str | None
    external_ids: dict[str, str]


class FrameworkQuery(ResourceQuery):
    pass


class FrameworkVersionWrite(Wire):
    framework_id: Id
    label: Name = Field(description="what people call this version, such as 2026-27")
    domains: list[Domain] = Field(default_factory=list, max_length=20)
    look_fors: list[LookFor] = Field(default_factory=list, max_length=200)

    @property
    def indicators(self) -> list[Indicator]:
        return [i for domain in self.domains for component in domain.components for i in component.indicators]

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", include={"domains", "look_fors"})


class FrameworkVersionPatch(Partial, FrameworkVersionWrite):
    pass


class FrameworkVersionHeader(ResourceRead):
    framework_id: UUID
    label: str
    state: VersionState
    published_at: datetime | None
    retired_at: datetime | None


class FrameworkVersionRead(FrameworkVersionHeader):
    domains: list[Domain]
    look_fors: list[LookFor]


class FrameworkVersionQuery(ResourceQuery):
    framework_id: Id | None = None
    state: VersionState | None = None
