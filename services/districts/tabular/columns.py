"""The columns of a noun, read from the shape of its PUT, and what stands in their cells. No I/O."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel

from shared.errors import FieldError

ID = "id"
_JSON_KINDS = {"array", "object"}
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")
_BOOLEANS = {"true": True, "false": False}


class BadCell(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str
    is_required: bool

    @property
    def path(self) -> list[str]:
        return self.name.split(".")

    def parse(self, cell: str) -> Any:
        """Read a cell as the JSON value that it stands for; the shape then says whether that fits."""
        text = cell.strip()
        if self.kind == "integer" and _INTEGER.fullmatch(text):
            return int(text)
        if self.kind in {"integer", "number"} and _NUMBER.fullmatch(text):
            return float(text)
        if self.kind == "boolean":
            return _BOOLEANS.get(text.lower(), text)
        if self.kind in _JSON_KINDS:
            try:
                return orjson.loads(text)
            except orjson.JSONDecodeError:
                raise BadCell("must be JSON") from None
        return cell

    def write(self, row: Any) -> str:
        first, *rest = self.path
        value = getattr(row, first)
        for name in rest:
            value = None if value is None else value.get(name)
        if value is None:
            return ""
        if self.kind in _JSON_KINDS:
            return orjson.dumps(value).decode()
        return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def columns_of(shape: type[BaseModel]) -> tuple[Column, ...]:
    schema = shape.model_json_schema()
    return tuple(_columns(schema, schema.get("$defs", {}), "", is_required=True))


def _columns(node: Mapping[str, Any], shared: Mapping[str, Any], before: str, *, is_required: bool) -> list[Column]:
    found = []
    for name, member in node["properties"].items():
        said = _plain(member, shared)
        needed = is_required and name in node.get("required", ())
        if "properties" in said:
            found += _columns(said, shared, f"{before}{name}.", is_required=needed)
        else:
            found.append(Column(before + name, said.get("type", "string"), needed))
    return found


def _plain(member: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a member is where it is not null."""
    for choice in member.get("anyOf", ()):
        if choice.get("type") != "null":
            return _plain(choice, shared)
    if "$ref" in member:
        return _plain(shared[member["$ref"].rsplit("/", 1)[1]], shared)
    return member


def body_of(columns: Sequence[Column], cells: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldError]]:
    """Put the cells of a row together as the body of a PUT. An empty cell says nothing."""
    body: dict[str, Any] = {}
    faults = []
    for column in columns:
        cell = cells.get(column.name, "")
        if not cell.strip():
            continue
        try:
            value = column.parse(cell)
        except BadCell as error:
            faults.append(FieldError("#/" + "/".join(column.path), "malformed", str(error)))
            continue
        *above, last = column.path
        place = body
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    return body, faults


def column_at(columns: Sequence[Column], pointer: str) -> str | None:
    """Give the column that a pointer into a body means."""
    parts = pointer.removeprefix("#").strip("/").split("/")
    names = {column.name for column in columns} | {ID}
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in names:
            return name
    return None
