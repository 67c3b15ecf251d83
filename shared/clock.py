"""The only sources of time and ids, so that rules take both as arguments."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils

_MILLISECONDS = 80  # of a UUIDv7 the bits behind its time
_offset = timedelta()


def put_off(seconds: int) -> None:
    """Let this process's clock be wrong by so much, as that of a machine may be (the setting `clock_offset`)."""
    global _offset  # noqa: PLW0603 - a process has one clock
    _offset = timedelta(seconds=seconds)


def now() -> datetime:
    return datetime.now(UTC) + _offset


def timestamp() -> float:
    """Give the same in seconds, where a datetime costs too much."""
    return time.time() + _offset.total_seconds()


def new_id() -> UUID:
    """Give a UUIDv7 (RFC 9562): ordered by time, so keys are appended and a keyset page is in order of creation."""
    made = uuid_utils.uuid7().int
    return UUID(int=made + (int(_offset.total_seconds() * 1000) << _MILLISECONDS) if _offset else made)
