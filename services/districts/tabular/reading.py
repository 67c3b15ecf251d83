"""Reads CSV as it comes from the wild, row by row: what is wrong with one row is said of that row alone. No I/O."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.districts.tabular.columns import ID, Column
from shared.errors import FieldError, Invalid

MOST_ROWS = 20_000  # where each is written by itself, this many take a minute or two
_MOST_LINES = 200_000
_JOINED = 50  # line breaks that a quoted cell may hold
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Line:
    """A row, at the number of its first line; with a fault instead of cells if it is no row of this file."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    fault: tuple[str, str] | None = None


def read(content: bytes, columns: Sequence[Column]) -> list[Line]:
    """Give all rows after the header. A header that does not fit is refused: half of each row would be lost."""
    if content.count(b"\n") + content.count(b"\r") > 2 * _MOST_LINES:
        raise _too_long()
    lines = _LINE.findall(content.decode("utf-8-sig", "replace"))
    rows = _rows(lines)
    _, header, _ = next(rows, (0, None, 0))
    names = _header([cell.strip() for cell in header or []], columns)
    found = [_line(number, cells, names) for number, cells, _ in rows if cells is None or any(map(str.strip, cells))]
    if len(found) > MOST_ROWS:
        raise _too_long()
    return found


def _too_long() -> Invalid:
    return Invalid(
        f"a file may have {MOST_ROWS} rows: send it in parts", errors=[FieldError("#", "too_long", "has more")]
    )


def _header(names: list[str], columns: Sequence[Column]) -> list[str]:
    known = {ID, *(column.name for column in columns)}
    while names and not names[-1]:
        names.pop()  # trailing commas
    errors = [
        FieldError(f"#/header/{place}", "unknown_column", f"{name[:100]!r} is no column of this")
        for place, name in enumerate(names)
        if name not in known
    ]
    errors += [
        FieldError("#/header", "duplicate_column", f"{name} is there twice") for name in known if names.count(name) > 1
    ]
    errors += [
        FieldError("#/header", "missing_column", f"{column.name} is missing")
        for column in columns
        if column.is_required and column.name not in names
    ]
    if errors:
        raise Invalid("the first line must name the columns", errors=errors[:20])
    return names


def _line(number: int, cells: list[str] | None, names: list[str]) -> Line:
    if cells is None:
        return Line(number, fault=("broken_quotes", "a quote is open or stands where none may"))
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(names):
        return Line(number, fault=("field_count", f"has {len(cells)} cells where the header has {len(names)}"))
    if any(_REPLACED in cell or "\x00" in cell for cell in cells):
        return Line(number, fault=("encoding", "is not UTF-8, or holds NUL"))
    return Line(number, dict(zip(names, cells, strict=True)))


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, list[str] | None, int]]:
    """Give each row with its line's number and how many lines it takes; None for one whose quotes do not close."""
    place = 0
    while place < len(lines):
        cells, taken = _joined(lines, place)
        yield place + 1, cells, taken
        place += taken


def _joined(lines: Sequence[str], place: int) -> tuple[list[str] | None, int]:
    text = ""
    for taken, line in enumerate(lines[place : place + _JOINED + 1], 1):
        text += line
        if text.count('"') % 2:
            continue
        try:
            return next(csv.reader(io.StringIO(text, newline=""), strict=True), []), taken
        except csv.Error:
            break
    return None, 1
