"""Reads one CSV file of a roster into what COPY takes, in pieces, so that memory stays flat at any size.

Two ways, chosen by the caller:

- `regular`: the file's own bytes without the header, for `COPY ... (FORMAT csv)` as they are. PostgreSQL reads CSV far
  quicker than Python. It is exact only when every line is one row, so `Regular.lines` must equal the rows that COPY
  took; anything else (`Irregular`, a COPY error, another count) means the second way.
- `careful`: row by row, for files of the wild: broken quotes, stray line breaks, bad bytes, too many or too few fields.
  One bad row never spoils the next; it is written out with the code of its rejection, so that it is known to be there.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from services.districts.roster_imports.archive import Archive
from services.districts.roster_imports.errors import RosterUnreadable
from services.districts.roster_imports.files import KEPT, columns_of

FIELD_COUNT, ENCODING, QUOTES = "field_count", "encoding", "broken_quotes"
_JOINED_LINES = 5  # a quoted field may hold this many line breaks; the standard allows none
_ROWS_A_PIECE = 2000
_HEADER_BYTES = 1 << 16
_BLANKS = tuple(f"{before}{after}".encode() for edge in ',"\r\n' for before, after in ((edge, " "), (" ", edge)))
_CONTROLS = bytes({*range(32), 127} - {*b"\r\n"})


class Irregular(Exception):
    """The file is not one row a line."""


@dataclass(frozen=True, slots=True)
class Header:
    """`columns` says for each cell which canonical column it is, `metadata.<name>`, or None for what is not kept."""

    columns: tuple[str | None, ...]

    @property
    def least(self) -> int:
        """How many cells a row has at least: what a header has after the last column that is kept holds nothing."""
        return max((at for at, column in enumerate(self.columns, 1) if column is not None), default=0)

    def index(self, column: str) -> int:
        return self.columns.index(column)


def read_header(archive: Archive, name: str) -> Header | None:
    """Read the header; None for an empty file, which means no rows. Refuse a file whose rows could not be kept."""
    start = b""
    for piece in archive.pieces(name):
        start += piece
        if b"\n" in start or b"\r" in start or len(start) > _HEADER_BYTES:
            break
    line = start.replace(b"\r", b"\n").split(b"\n", 1)[0].decode("utf-8", "replace")
    if not line.strip(" \t,"):
        if start.strip():
            raise RosterUnreadable(f"{name}.csv has no header")
        return None
    shape = KEPT[name]
    header = Header(tuple(columns_of(shape, _cells(line))))
    missing = [column for column in ("sourcedId", *sorted(shape.essential)) if column not in header.columns]
    if missing:
        raise RosterUnreadable(f"{name}.csv has no column {', '.join(missing)}")
    return header


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise RosterUnreadable(f"a header cannot be read: {error}") from error


class Regular:
    """A file's bytes after the header. Iterate once; then `lines` says how many rows COPY should have taken.

    And whether what is rare was seen at all: a blank at either end of a value, a control character. Looking for them
    here costs a fraction of what PostgreSQL takes to look into each value.
    """

    def __init__(self, archive: Archive, name: str) -> None:
        self.archive = archive
        self.name = name
        self.lines = 0
        self.has_blanks = False
        self.has_controls = False

    def __iter__(self) -> Iterator[bytes]:
        last, in_header = b"\n", True
        for whole in self.archive.pieces(self.name):
            piece = whole
            if in_header:
                at = piece.find(b"\n")
                if at < 0:
                    raise Irregular
                piece, in_header = piece[at + 1 :], False
            if not piece:
                continue
            # NUL ends COPY with an error; a line of backslash and dot ends it without one (before PostgreSQL 18).
            if b"\x00" in piece or b"\n\\." in last + piece:
                raise Irregular
            self.lines += piece.count(b"\n")
            self._look_at(last[-1:] + piece)
            last = piece[-2:]
            yield piece
        if not last.endswith(b"\n"):
            self.lines += 1
            self._look_at(last + b"\n")

    def _look_at(self, piece: bytes) -> None:
        if not self.has_blanks and b" " in piece:
            self.has_blanks = any(blank in piece for blank in _BLANKS)
        if not self.has_controls:
            self.has_controls = len(piece.translate(None, _CONTROLS)) != len(piece)


def careful(archive: Archive, name: str, header: Header) -> Iterator[bytes]:
    """Give CSV pieces with two columns in front: the line's number and the code of its rejection, if any."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    width, sourced_id = len(header.columns), header.index("sourcedId")
    for count, (number, cells, code) in enumerate(_rows(archive, name, width, header.least), 1):
        if code is None:
            writer.writerow([number, "", *cells])
        else:
            kept = cells[sourced_id] if sourced_id < len(cells) else ""
            writer.writerow([number, code, *(kept if at == sourced_id else "" for at in range(width))])
        if count % _ROWS_A_PIECE == 0:
            yield out.getvalue().encode("utf-8", "replace")
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode("utf-8", "replace")


def _rows(archive: Archive, name: str, width: int, least: int) -> Iterator[tuple[int, list[str], str | None]]:
    lines = _lines(archive, name)
    waiting: deque[str] = deque()
    next(lines, None)
    number = 1
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        number += 1
        if not line.strip(" \t\r\n,"):
            continue
        cells, is_open = _parse(line)
        taken = 0
        if is_open:
            while len(waiting) < _JOINED_LINES and (more := next(lines, None)) is not None:
                waiting.append(more)
            cells, taken = _joined(line, waiting, width, cells)
        for _ in range(taken):
            waiting.popleft()
        if least <= len(cells) < width:
            cells += [""] * (width - len(cells))
        yield number, *_checked(cells, width, is_broken=is_open and not taken)
        number += taken


def _checked(cells: list[str], width: int, *, is_broken: bool) -> tuple[list[str], str | None]:
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]  # trailing commas hold nothing
    cells = [" ".join(cell.split("\n")).replace("\r", "") if "\n" in cell else cell for cell in cells]
    if is_broken:
        return cells, QUOTES
    if len(cells) != width:
        return cells, FIELD_COUNT
    if any("\ufffd" in cell or "\x00" in cell for cell in cells):
        return [cell.replace("\x00", "") for cell in cells], ENCODING
    return cells, None


def _parse(line: str) -> tuple[list[str], bool]:
    """Give one line's cells, and whether a quote was left open (the parser then keeps the line's end in the cell)."""
    try:
        cells = next(csv.reader([line.rstrip("\r\n") + "\n"]))
    except (csv.Error, StopIteration):
        return [], True
    return cells, bool(cells) and cells[-1].endswith("\n")


def _joined(line: str, waiting: deque[str], width: int, alone: list[str]) -> tuple[list[str], int]:
    """Join a line whose quote is open with those that follow, if that makes one whole row; else it stands alone."""
    text = line
    for taken, more in enumerate(waiting, 1):
        text += more
        try:
            cells = next(csv.reader(io.StringIO(text)))
        except (csv.Error, StopIteration):
            break
        if len(cells) == width and not cells[-1].endswith("\n"):
            return cells, taken
    return alone, 0


def _lines(archive: Archive, name: str) -> Iterator[str]:
    rest, newline = b"", b""
    for piece in archive.pieces(name):
        whole = rest + piece
        newline = newline or (b"\n" if b"\n" in whole else b"\r")
        *lines, rest = whole.split(newline)
        for line in lines:
            yield line.decode("utf-8", "replace") + "\n"
    if rest:
        yield rest.decode("utf-8", "replace") + "\n"
