"""The only sources of time and ids, so that rules take both as arguments."""

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """Give a UUIDv7 (RFC 9562): ordered by time, so keys are appended and a keyset page is in order of creation."""
    return UUID(int=uuid_utils.uuid7().int)
