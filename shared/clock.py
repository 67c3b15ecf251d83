"""The only sources of time and ids, so that rules take both as arguments."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils
from uuid_utils import compat

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
    made = compat.uuid7()  # one of the standard library, made without the checks of its constructor
    return UUID(int=made.int + (int(_offset.total_seconds() * 1000) << _MILLISECONDS)) if _offset else made


def new_id_text() -> str:
    """Give a new id as it is written, where nobody needs more of it: that costs a tenth."""
    return str(new_id()) if _offset else str(uuid_utils.uuid7())
