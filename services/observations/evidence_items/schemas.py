from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.paging import ResourceQuery
from shared.wire import Count, Id, Instant, ResourceRead, Text, Wire


class EvidenceKind(StrEnum):
    """Where it comes from: a span of a line of the script, a note, an artefact or a moment of a video by reference."""

    SCRIPT = "script"
    NOTE = "note"
    ARTEFACT = "artefact"
    VIDEO = "video"


class Visibility(StrEnum):
    PRIVATE = "private"
    SHARED = "shared"


def _printable(value: str) -> str:
    if not value.isprintable() or " " in value:
        raise ValueError("must be an address or the name of an asset, without spaces")
    return value


Asset = Annotated[
    str,
    Field(min_length=1, max_length=2000, description="an address or a name of the asset elsewhere: nothing is fetched"),
    AfterValidator(_printable),
]


class EvidenceItemWrite(Wire):
    observation_id: Id = Field(description="fixed at creation")
    kind: Annotated[EvidenceKind, Field(strict=False)]
    visibility: Annotated[Visibility, Field(strict=False)] = Field(
        default=Visibility.SHARED,
        description="private: its author's alone; shared: read by whoever reads the observation",
    )
    at: Instant | None = Field(default=None, description="when it was seen; of a script line, the line's own time")
    text: Text | None = Field(default=None, description="a note or comment; of a script line, taken from the line")
    line_id: Id | None = Field(default=None, description="a line of the script")
    begin: Count | None = Field(default=None, description="the first character of the span, from 0")
    end: Count | None = Field(default=None, description="the character after the span")
    asset: Asset | None = None
    start_ms: Count | None = Field(default=None, description="of a video: milliseconds from its beginning")
    end_ms: Count | None = None
    codes: list[Id] = Field(default_factory=list, max_length=20, description="indicators or look-fors it speaks to")


class EvidenceItemRead(ResourceRead):
    observation_id: UUID
    author_id: UUID
    kind: EvidenceKind
    visibility: Visibility
    at: datetime
    text: str | None
    line_id: UUID | None
    begin: int | None
    end: int | None
    asset: str | None
    start_ms: int | None
    end_ms: int | None
    codes: list[UUID]
    sha256: str = Field(description="of author, time, source and text: what it was when it was written down")


class EvidenceItemQuery(ResourceQuery):
    observation_id: Id | None = None
    author_id: Id | None = None
    kind: EvidenceKind | None = None
    code: Id | None = Field(default=None, description="those that speak to this indicator or look-for")
