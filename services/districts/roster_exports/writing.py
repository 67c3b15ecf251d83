"""Writes the zip: each file streams from COPY through deflate to disk, so memory is flat at any size.

All files are of one snapshot of the database. The same roster always gives the same bytes.
"""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO
from uuid import UUID

from services.districts.oneroster.documents import narrowed
from services.districts.oneroster.naming import source_of
from services.districts.roster_exports.grading import GRADED
from services.districts.roster_exports.rules import BULK, DELTA, FILES, V11, header, manifest
from services.districts.roster_exports.selects import AGENTS, DEMOGRAPHICS, SELECTS, SHOWN_AGENTS, Select
from shared.database import Connection

Progress = Callable[[int, int, str], Awaitable[None]]
SETTINGS = """set transaction isolation level repeatable read, read only; set local statement_timeout = 0;
              set local work_mem = '64MB'; set local datestyle = 'ISO, MDY'; set local jit = off;
              set local enable_nestloop = off"""
_STAMP = (1980, 1, 1, 0, 0, 0)
_PIECE = 1 << 20
_LEVEL = 1  # a roster packs well at any level, and the quickest is three times as quick as the default


@dataclass(slots=True)
class Written:
    """`files` says for each file that is there its mode and its rows."""

    as_of: datetime
    files: dict[str, dict[str, str | int]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class _Member:
    """One file of the zip, opened when there is something to write. COPY hands over whole rows, parted by LF."""

    def __init__(self, archive: zipfile.ZipFile, name: str, start: bytes) -> None:
        self._archive, self._name, self._waiting = archive, name, [start]
        self._size = 0
        self._file: IO[bytes] | None = None

    async def take(self, rows: bytes) -> None:
        self._waiting.append(rows.replace(b"\n", b"\r\n"))  # no field holds one: see selects.py
        self._size += len(rows)
        if self._size >= _PIECE:
            await self.flush()

    async def flush(self) -> None:
        piece, self._waiting, self._size = b"".join(self._waiting), [], 0
        await asyncio.to_thread(self._write, piece)

    def _write(self, piece: bytes) -> None:
        if self._file is None:
            self._file = self._archive.open(_info(self._name), "w", force_zip64=True)
        self._file.write(piece)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"{name}.csv", _STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


async def write(
    connection: Connection,
    district_id: UUID,
    out: IO[bytes],
    *,
    version: str,
    since: datetime | None,
    now: datetime,
    progress: Progress,
    has_gradebook: bool = False,
    has_demographics: bool = False,
) -> Written:
    """Write the roster of this district into `out`, in the transaction of `connection`, which has asked nothing yet."""
    await connection.execute(SETTINGS)
    written = Written(await _as_of(connection, now))
    selects = SELECTS[version] | (GRADED[version] if has_gradebook else {})
    if has_demographics:
        selects = selects | {"demographics": DEMOGRAPHICS}
    total = await _count(connection, district_id, selects)
    done = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in (name for name in FILES[version] if name in selects):
            await progress(done, total, f"writing {name}.csv")
            rows = await _write_file(connection, district_id, archive, name, selects[name], since)
            if rows or since is None:
                written.files[name] = {"mode": BULK if since is None else DELTA, "rows": rows}
            done += rows
        modes = {name: str(file["mode"]) for name, file in written.files.items()}
        archive.writestr(_info("manifest"), manifest(version, modes, str(district_id)))
    if version == V11:
        written.warnings += await _without_role(connection, district_id)
    await progress(max(done, total), total, "keeping it")
    return written


async def _write_file(
    connection: Connection, district_id: UUID, archive: zipfile.ZipFile, name: str, select: Select,
    since: datetime | None,
) -> int:  # fmt: skip
    plain, quoted = await select.extension(connection, district_id)
    member = _Member(archive, name, header(tuple(select.columns), plain))
    query = select.query(district_id, since, quoted).replace(":district", str(district_id))
    is_named = await source_of(connection, district_id) is not None
    query = narrowed(query.replace(AGENTS, SHOWN_AGENTS) if is_named else query, is_named=is_named)
    try:
        tag = await connection.copy_from_query(query, output=member.take, format="csv", timeout=None)
        rows = int(tag.split()[-1])
        if rows or since is None:
            await member.flush()
    finally:
        member.close()
    return rows


async def _as_of(connection: Connection, now: datetime) -> datetime:
    """Give the instant from which the next delta misses nothing.

    What another transaction writes now bears the time of its beginning and is not in this snapshot, so the oldest of
    those that are under way counts. What is told twice does no harm.
    """
    oldest = await connection.fetchval(
        """select min(xact_start) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()"""
    )
    return now if oldest is None else min(now, oldest)


async def _count(connection: Connection, district_id: UUID, selects: dict[str, Select]) -> int:
    counts = " + ".join(
        f"(select count(*) from districts.{select.table} where district_id = $1)" for select in selects.values()
    )
    return int(await connection.fetchval(f"select {counts}", district_id))


async def _without_role(connection: Connection, district_id: UUID) -> list[str]:
    people = await connection.fetchval(
        """select count(*) from districts.people p where p.district_id = $1 and p.archived_at is null
             and not exists (select from districts.roles r where r.district_id = $1 and r.person_id = p.id
                             and r.archived_at is null)""",
        district_id,
    )
    return [f"{people} people have no role, which 1.1 asks for: theirs is left empty"] if people else []


async def pieces_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece
