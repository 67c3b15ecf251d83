from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from shared.paging import ResourceQuery
from shared.wire import Id, Name, ResourceRead, Wire, whole

MEDIA_TYPES = (
    "application/pdf", "image/jpeg", "image/png", "image/heic", "image/webp", "text/plain", "text/csv", "audio/mp4",
    "audio/mpeg", "video/mp4", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)  # fmt: skip


class AttachmentState(StrEnum):
    """`expected`: announced; `quarantined`: here and not found clean yet, so nobody gets it; `infected`: never;
    `erased`: with whom it was about."""

    EXPECTED = "expected"
    QUARANTINED = "quarantined"
    CLEAN = "clean"
    INFECTED = "infected"
    ERASED = "erased"


def _file_name(value: str) -> str:
    if "/" in value or "\\" in value or not value.isprintable():
        raise ValueError("must be the name of a file, without its folders")
    return value


FileName = Annotated[Name, AfterValidator(_file_name)]


class ObservationAttachmentWrite(Wire):
    """What is to come. A tablet knows the hash before it has a network; the bytes follow when they can."""

    observation_id: Id = Field(description="fixed at creation, as all of it but the name")
    name: FileName
    media_type: Annotated[str, Field(max_length=100, description=f"one of {', '.join(MEDIA_TYPES)}")]
    size: Annotated[int, Field(ge=1, le=2**40), BeforeValidator(whole)] = Field(description="bytes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the bytes")


class ObservationAttachmentRead(ResourceRead):
    observation_id: UUID
    author_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    state: AttachmentState
    received_at: datetime | None
    scanned_at: datetime | None
    finding: str | None = Field(description="what the scanner said of an infected one")


class ObservationAttachmentQuery(ResourceQuery):
    observation_id: Id | None = None
    state: AttachmentState | None = None
