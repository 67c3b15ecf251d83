"""What has come of a collection, on disk until all of it is there; then a file of the zip, in the mode it deserves.

Only at the end is it known whether a collection is whole, and which columns of its own the district has.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import orjson

from services.districts.roster_exports.rules import BULK, DELTA, START, V12, manifest
from services.districts.roster_exports.selects import SELECTS

MOST_EXTENSIONS = 100
_ROWS_A_PIECE = 2000
_STAMP = (1980, 1, 1, 0, 0, 0)


class Spool:
    """The rows of one file: id, whether it is gone, when it changed, cells, and the district's own columns."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns = tuple(SELECTS[V12][name].columns)
        self.rows = 0
        self.gone = 0
        self.mode = BULK
        self._extensions: dict[str, None] = {}
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="throughline-")  # noqa: SIM115 - closed by close()

    def add(
        self, sourced_id: str, *, gone: bool, changed: str, cells: list[str], extension: dict[str, str] | None = None
    ) -> None:
        own = extension or {}
        for name in own:
            if len(self._extensions) < MOST_EXTENSIONS:
                self._extensions[name] = None
        self._file.write(orjson.dumps([sourced_id, gone, changed, cells, own]) + b"\n")
        self.gone += gone
        self.rows += not gone

    def lines(self) -> Iterator[bytes]:
        """Write it as CSV: a bulk has no status and leaves out what is gone."""
        names = sorted(self._extensions)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([*START, *self.columns, *(f"metadata.{name}" for name in names)])
        for number, (sourced_id, gone, changed, cells, own) in enumerate(self._read(), 1):
            start = ["", ""] if self.mode == BULK else ["tobedeleted" if gone else "active", changed]
            if not (gone and self.mode == BULK):
                writer.writerow([sourced_id, *start, *cells, *(own.get(name, "") for name in names)])
            if number % _ROWS_A_PIECE == 0:
                yield out.getvalue().encode()
                out.seek(0)
                out.truncate()
        yield out.getvalue().encode()

    def _read(self) -> Iterator[list[Any]]:
        self._file.seek(0)
        for line in self._file:
            yield orjson.loads(line)

    def close(self) -> None:
        self._file.close()


def pack(spools: list[Spool], out: IO[bytes], system: str) -> dict[str, dict[str, str | int]]:
    """Write the zip and say what is in it; nothing of a delta that brought nothing."""
    files: dict[str, dict[str, str | int]] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for spool in spools:
            rows = spool.rows if spool.mode == BULK else spool.rows + spool.gone
            if not rows and spool.mode == DELTA:
                continue
            with archive.open(_info(spool.name), "w", force_zip64=True) as member:
                for piece in spool.lines():
                    member.write(piece)
            files[spool.name] = {"mode": spool.mode, "rows": rows}
        modes = {name: str(file["mode"]) for name, file in files.items()}
        archive.writestr(_info("manifest"), manifest(V12, modes, system))
    return files


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"{name}.csv", _STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
