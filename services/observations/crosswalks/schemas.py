from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.observations.frameworks.schemas import VersionState
from services.observations.wire import Part
from shared.paging import ListQuery, ResourceQuery
from shared.wire import Id, Name, Read, ResourceRead, Text, Wire

MOST = 2000


class Relation(StrEnum):
    """What the other indicator is to this one. From the other side, broader is narrower; the rest read the same."""

    EXACT = "exact"
    BROADER = "broader"
    NARROWER = "narrower"
    RELATED = "related"


class Correspondence(Part):
    from_indicator_id: Id
    to_indicator_id: Id
    relation: Annotated[Relation, Field(strict=False)] = Field(
        description="what `to` is to `from`: `broader` says that `to` covers more than `from`"
    )
    note: Text | None = None


class CrosswalkWrite(Wire):
    name: Name
    from_version_id: Id = Field(description="a published framework version; it stays the same for good")
    to_version_id: Id = Field(description="another published one, of whichever framework")
    correspondences: list[Correspondence] = Field(default_factory=list, max_length=MOST)

    @model_validator(mode="after")
    def between_two(self) -> Self:
        if self.from_version_id == self.to_version_id:
            raise ValueError("a crosswalk lies between two versions")
        return self


class CrosswalkEnds(BaseModel):
    """Between which versions a package of somebody else's lies; ours says so itself."""

    model_config = ConfigDict(extra="forbid")

    from_version_id: Id | None = None
    to_version_id: Id | None = None


class CrosswalkHeader(ResourceRead):
    name: str
    from_version_id: UUID
    to_version_id: UUID
    state: VersionState
    published_at: datetime | None
    retired_at: datetime | None


class CrosswalkRead(CrosswalkHeader):
    correspondences: list[Correspondence]


class CrosswalkQuery(ResourceQuery):
    from_version_id: Id | None = None
    to_version_id: Id | None = None
    state: VersionState | None = None


class CorrespondenceQuery(ListQuery):
    indicator_id: Id | None = Field(default=None, description="what this indicator corresponds to")
    other_version_id: Id | None = Field(default=None, description="only in this version")


class IndicatorNamed(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    code: str | None
    title: str


class CorrespondenceRead(Read):
    """One line of a published crosswalk, read from the version that was asked about."""

    crosswalk_id: UUID
    indicator: IndicatorNamed
    relation: Relation = Field(description="what `other` is to `indicator`")
    other_version_id: UUID
    other: IndicatorNamed
    note: str | None
