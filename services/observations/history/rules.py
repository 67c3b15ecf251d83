"""What a change put there: what the next change of the same field replaced, or what the row says now. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import orjson

# Bookkeeping of ours, which tells nobody anything.
HIDDEN = frozenset({"version", "updated_at"})


class Change(Protocol):
    version: int
    before: dict[str, Any]


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give values as JSON has them, as an answer would show them."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(values, option=orjson.OPT_UTC_Z, default=str))
    return found


def after(change: Change, later: Iterable[Change], now: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the fields of a change were set to. `later`: the changes since, in order."""
    found = {name: now[name] for name in change.before}
    for name in change.before:
        for other in later:
            if name in other.before:
                found[name] = other.before[name]
                break
    return found


def as_of(version: int, changes: Sequence[Change], now: Mapping[str, Any]) -> dict[str, Any]:
    """Give the record as it was at a version, by taking back what came after."""
    state = dict(now)
    for change in sorted(changes, key=lambda one: one.version, reverse=True):
        if change.version > version:
            state |= change.before
    return state
