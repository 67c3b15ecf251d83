"""Which files are taken. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.observations.observation_attachments.schemas import MEDIA_TYPES, ObservationAttachmentWrite
from shared.errors import FieldError

FIXED = ("observation_id", "media_type", "size", "sha256")


def faults_of(body: ObservationAttachmentWrite, largest: int) -> Iterator[FieldError]:
    if body.media_type not in MEDIA_TYPES:
        yield FieldError("#/media_type", "media", f"must be one of {', '.join(MEDIA_TYPES)}")
    if body.size > largest:
        yield FieldError("#/size", "too_large", f"at most {largest} bytes are taken")


def fixed_faults(body: ObservationAttachmentWrite, stored: Mapping[str, Any]) -> list[FieldError]:
    """Refuse to announce something else under the same id: bytes may be under way already."""
    return [
        FieldError(f"#/{name}", "fixed", "does not change once the file is announced")
        for name in FIXED
        if getattr(body, name) != stored[name]
    ]
