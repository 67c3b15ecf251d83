from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.observations.wire import Part
from shared.paging import ResourceQuery
from shared.wire import ExternalIds, ExternalIdsPatch, Id, Key, Level, Name, Partial, Read, ResourceRead, Text, Wire


class LookForKind(StrEnum):
    """How a look-for is marked: seen or not (yes or no), or a number. Either may be marked as not applicable."""

    SEEN = "seen"
    COUNT = "count"


class Scoring(StrEnum):
    """Whether an observer may give levels. Where that is forbidden, levels describe practice and nobody is rated."""

    LEVELS = "levels"
    FORBIDDEN = "forbidden"


class PartKind(StrEnum):
    DOMAIN = "domain"
    COMPONENT = "component"
    INDICATOR = "indicator"
    LOOK_FOR = "look_for"


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


Weight = Annotated[
    float,
    Field(ge=0, le=1000, allow_inf_nan=False, description="beside its siblings; null where nothing is weighed"),
]
Prompts = Annotated[
    list[Text], Field(default_factory=list, max_length=20, description="questions for the observer or the conference")
]


class PerformanceLevel(Part):
    ordinal: Level
    label: Name
    descriptor: Text | None = None
    critical_attributes: list[Text] = Field(
        default_factory=list, max_length=30, description="what practice at this level looks like, by example"
    )


class Indicator(Part):
    """What is scored. The id stays the same in later versions as long as it means the same practice."""

    id: Id
    code: Key | None = Field(default=None, description="what people call it, such as 3b")
    title: Name
    description: Text | None = None
    weight: Weight | None = None
    prompts: Prompts
    levels: list[PerformanceLevel] = Field(
        default_factory=list,
        max_length=10,
        description="in rising order of `ordinal`; two at least, unless scoring is forbidden",
    )


class Component(Part):
    id: Id
    code: Key | None = None
    title: Name
    description: Text | None = None
    weight: Weight | None = None
    indicators: list[Indicator] = Field(min_length=1, max_length=30)


class Domain(Part):
    id: Id
    code: Key | None = None
    title: Name
    description: Text | None = None
    weight: Weight | None = None
    components: list[Component] = Field(min_length=1, max_length=30)


class LookFor(Part):
    """What an observer saw or did not see, or counted; it has no level."""

    id: Id
    code: Key | None = None
    title: Name
    description: Text | None = None
    kind: Annotated[LookForKind, Field(strict=False)] = LookForKind.SEEN
    indicator_id: Id | None = Field(default=None, description="the indicator of this version that it shows")
    weight: Weight | None = None
    prompts: Prompts
    tags: list[Key] = Field(
        default_factory=list, max_length=20, description="what it is about, such as culturally_responsive"
    )


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
    scoring: Annotated[Scoring, Field(strict=False)] = Scoring.LEVELS
    domains: list[Domain] = Field(default_factory=list, max_length=20)
    look_fors: list[LookFor] = Field(default_factory=list, max_length=200)

    @property
    def indicators(self) -> list[Indicator]:
        return [i for domain in self.domains for component in domain.components for i in component.indicators]

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", include={"scoring", "domains", "look_fors"})


class FrameworkVersionPatch(Partial, FrameworkVersionWrite):
    pass


class FrameworkVersionHeader(ResourceRead):
    framework_id: UUID
    label: str
    state: VersionState
    published_at: datetime | None
    retired_at: datetime | None


class FrameworkVersionRead(FrameworkVersionHeader):
    scoring: Scoring
    domains: list[Domain]
    look_fors: list[LookFor]


class FrameworkVersionQuery(ResourceQuery):
    framework_id: Id | None = None
    state: VersionState | None = None


class VersionDiffQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_id: Id | None = Field(
        default=None, alias="from", description="the version before; else the one published before it"
    )


class PartNamed(Read):
    kind: PartKind
    id: UUID
    code: str | None
    title: str


class MemberChange(Read):
    member: str = Field(description="such as title, or levels.3.descriptor for the level of ordinal 3")
    old: str | float | list[str] | None
    new: str | float | list[str] | None


class PartChanged(PartNamed):
    members: list[MemberChange]


class FrameworkVersionDiff(Read):
    """What became of each part, known by its id. Order alone is no change."""

    framework_version_id: UUID
    from_id: UUID | None = Field(description="null where there is no version before: everything is added")
    scoring: MemberChange | None = Field(description="null where it is the same")
    added: list[PartNamed]
    removed: list[PartNamed]
    changed: list[PartChanged]
