"""A version's content as the rows of a CSV file and back, so that what went out makes the same file elsewhere. Pure.

One row for each part, and for each level, critical attribute, prompt and tag: nothing is packed into a cell. Rows stand
in the order of the document, and below what they belong to. A row may only fill the columns that its kind has.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.errors import FieldError, Invalid

COLUMNS = ("kind", "id", "parent_id", "code", "title", "description", "weight", "setting")
_PART = {"id", "parent_id", "code", "title", "description", "weight"}
USES: Mapping[str, frozenset[str]] = {
    kind: frozenset(columns)
    for kind, columns in (
        ("framework", {"id", "title", "description"}),
        ("version", {"id", "parent_id", "title", "setting"}),
        ("domain", _PART - {"parent_id"}),
        ("component", _PART),
        ("indicator", _PART),
        ("level", {"parent_id", "title", "description", "setting"}),
        ("critical_attribute", {"parent_id", "title", "setting"}),
        ("prompt", {"parent_id", "title"}),
        ("look_for", _PART | {"setting"}),
        ("tag", {"parent_id", "title"}),
    )
}
_WORDS = {"title", "description"}
# A spreadsheet takes such a cell for a formula. An apostrophe before it is what it shows as text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)
_MOST_ROWS = 100_000
_MOST_FAULTS = 20
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: a framework, and one version of it."""

    framework_id: UUID
    framework: Mapping[str, Any]
    version_id: UUID
    label: str
    content: Mapping[str, Any]


def written(document: Document) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(name, value) for name, value in row.items()} for row in _rows(document))
    return out.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if name in _WORDS and _FORMULA.match(text) else text


def _rows(document: Document) -> Iterator[dict[str, Any]]:
    content = document.content
    yield {"kind": "framework", "id": document.framework_id, "title": document.framework["name"],
           "description": document.framework["description"]}  # fmt: skip
    yield {"kind": "version", "id": document.version_id, "parent_id": document.framework_id, "title": document.label,
           "setting": content["scoring"]}  # fmt: skip
    for domain in content["domains"]:
        yield _part("domain", domain, None)
        for component in domain["components"]:
            yield _part("component", component, domain["id"])
            for indicator in component["indicators"]:
                yield _part("indicator", indicator, component["id"])
                yield from _of("prompt", indicator["id"], indicator["prompts"])
                for level in indicator["levels"]:
                    yield from _level(indicator["id"], level)
    for look_for in content["look_fors"]:
        yield _part("look_for", look_for, look_for["indicator_id"]) | {"setting": look_for["kind"]}
        yield from _of("prompt", look_for["id"], look_for["prompts"])
        yield from _of("tag", look_for["id"], look_for["tags"])


def _part(kind: str, part: Mapping[str, Any], parent_id: str | None) -> dict[str, Any]:
    said = {name: part[name] for name in ("id", "code", "title", "description", "weight")}
    return {"kind": kind, "parent_id": parent_id} | said


def _of(kind: str, parent_id: str, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        yield {"kind": kind, "parent_id": parent_id, "title": text}


def _level(indicator_id: str, level: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ordinal = {"parent_id": indicator_id, "setting": level["ordinal"]}
    yield {"kind": "level", "title": level["label"], "description": level["descriptor"]} | ordinal
    for attribute in level["critical_attributes"]:
        yield {"kind": "critical_attribute", "title": attribute} | ordinal


def read(content: bytes) -> Document:
    """Read a file whole. What does not fit is said by line and column: `#/7/parent_id`."""
    reading = _Reading()
    for number, row in _lines(content):
        reading.take(number, row)
        if len(reading.faults) >= _MOST_FAULTS:
            break
    return reading.done()


def _lines(content: bytes) -> Iterator[tuple[int, Row]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("the file is not UTF-8", errors=[FieldError("#", "encoding", "is not UTF-8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            message = f"must be {','.join(COLUMNS)}"
            raise Invalid("the first line must name the columns", errors=[FieldError("#/1", "header", message)])
        for number, cells in enumerate(reader, start=2):
            if not any(cells):
                continue
            if len(cells) != len(COLUMNS) or number > _MOST_ROWS:
                raise Invalid(errors=[FieldError(f"#/{number}", "field_count", f"needs {len(COLUMNS)} cells")])
            yield number, {name: _plain(name, cell) for name, cell in zip(COLUMNS, cells, strict=True)}
    except csv.Error as error:
        raise Invalid("the file is no CSV", errors=[FieldError("#", "csv", str(error))]) from None


def _plain(name: str, cell: str) -> str:
    return cell[1:] if name in _WORDS and _GUARDED.match(cell) else cell


@dataclass(slots=True)
class _Reading:
    """The document as far as it was read; parts by kind and id, so that rows below find what they belong to."""

    faults: list[FieldError] = field(default_factory=list)
    framework: Row | None = None
    version: Row | None = None
    domains: list[dict[str, Any]] = field(default_factory=list)
    look_fors: list[dict[str, Any]] = field(default_factory=list)
    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def take(self, number: int, row: Row) -> None:
        uses = USES.get(row["kind"])
        if uses is None:
            self.fault(number, "kind", "unknown", f"is none of {', '.join(USES)}")
            return
        for name in COLUMNS[1:]:
            if row[name] and name not in uses:
                self.fault(number, name, "unused", f"a {row['kind']} has none")
        getattr(self, f"_{row['kind']}")(number, row)

    def fault(self, number: int, column: str, code: str, message: str) -> None:
        self.faults.append(FieldError(f"#/{number}/{column}", code, message))

    def done(self) -> Document:
        ids = [None if row is None else _uuid(row["id"]) for row in (self.framework, self.version)]
        if not self.faults and (self.framework is None or self.version is None or None in ids):
            self.faults.append(FieldError("#", "missing", "needs a row of a framework and one of a version, with ids"))
        if self.faults or self.framework is None or self.version is None or ids[0] is None or ids[1] is None:
            raise Invalid("the file makes no version", errors=self.faults[:_MOST_FAULTS])
        if _uuid(self.version["parent_id"]) != ids[0]:
            raise Invalid(errors=[FieldError("#", "unknown", "the version's parent_id is not the framework's id")])
        said = {"name": self.framework["title"], "description": self.framework["description"] or None}
        content = {"scoring": self.version["setting"], "domains": self.domains, "look_fors": self.look_fors}
        return Document(ids[0], said, ids[1], self.version["title"], content)

    def _framework(self, number: int, row: Row) -> None:
        self._once(number, self.framework)
        self.framework = row

    def _version(self, number: int, row: Row) -> None:
        self._once(number, self.version)
        self.version = row

    def _once(self, number: int, before: Row | None) -> None:
        if before is not None:
            self.fault(number, "kind", "twice", "a file has one framework and one version")

    def _domain(self, number: int, row: Row) -> None:
        self.domains.append(self._made(number, row, components=[]))

    def _component(self, number: int, row: Row) -> None:
        self._below(number, row, "domain", "components", self._made(number, row, indicators=[]))

    def _indicator(self, number: int, row: Row) -> None:
        self._below(number, row, "component", "indicators", self._made(number, row, prompts=[], levels=[]))

    def _look_for(self, number: int, row: Row) -> None:
        more: dict[str, Any] = {
            "kind": row["setting"] or "seen",
            "indicator_id": row["parent_id"] or None,
            "prompts": [],
            "tags": [],
        }
        self.look_fors.append(self._made(number, row, **more))

    def _level(self, number: int, row: Row) -> None:
        ordinal = self._number(number, row, "setting")
        level: dict[str, Any] = {
            "ordinal": ordinal, "label": row["title"], "descriptor": row["description"] or None,
            "critical_attributes": [],
        }  # fmt: skip
        self.known["level", f"{row['parent_id'].lower()}/{ordinal}"] = level
        self._below(number, row, "indicator", "levels", level)

    def _critical_attribute(self, number: int, row: Row) -> None:
        key = f"{row['parent_id'].lower()}/{self._number(number, row, 'setting')}"
        level = self.known.get(("level", key))
        if level is None:
            self.fault(number, "setting", "unknown", "is the ordinal of no level above of that indicator")
        else:
            level["critical_attributes"].append(row["title"])

    def _prompt(self, number: int, row: Row) -> None:
        kind = "indicator" if ("indicator", row["parent_id"].lower()) in self.known else "look_for"
        self._below(number, row, kind, "prompts", row["title"])

    def _tag(self, number: int, row: Row) -> None:
        self._below(number, row, "look_for", "tags", row["title"])

    def _made(self, number: int, row: Row, **more: Any) -> dict[str, Any]:
        part: dict[str, Any] = {name: row[name] or None for name in ("id", "code", "title", "description")}
        part["weight"] = self._number(number, row, "weight") if row["weight"] else None
        self.known[row["kind"], row["id"].lower()] = made = part | more
        return made

    def _below(self, number: int, row: Row, kind: str, member: str, said: Any) -> None:
        parent = self.known.get((kind, row["parent_id"].lower()))
        if parent is None:
            self.fault(number, "parent_id", "unknown", f"is no {kind} of a row above")
        else:
            parent[member].append(said)

    def _number(self, number: int, row: Row, column: str) -> float | int | None:
        text = row[column].strip()
        value = float(text) if _NUMBER.fullmatch(text) else math.inf
        if not math.isfinite(value):
            self.fault(number, column, "number", "must be a number")
            return None
        return int(value) if column == "setting" and value.is_integer() else value


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
