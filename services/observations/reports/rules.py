"""What goes into a report. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

_NEVER = frozenset({"version", "created_at", "updated_at", "archived_at", "withheld", "policy_version", "district_id"})


def content_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the record says, without what was not used: no empty heading stands in a report."""
    said = {name: _used(value) for name, value in record.items() if name not in _NEVER}
    return {name: value for name, value in said.items() if not _is_unused(value)}


def sha256_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _used(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: inner for name, inner in ((n, _used(v)) for n, v in value.items()) if not _is_unused(inner)}
    if isinstance(value, list):
        return [_used(one) for one in value]
    return value


def _is_unused(value: Any) -> bool:
    return value is None or value in ([], {}, "")
