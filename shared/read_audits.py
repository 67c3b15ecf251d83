"""Reads of personal data, noted in groups: a process keeps their audit rows for half a second and writes them together.

A row for each read in its own transaction makes every read a write, which costs more than most reads do. So a row
waits here until half a second has passed or five hundred have come. Then each district's go in with one statement, in a
transaction of that district, on disk before it ends. Whoever stops a process orderly loses nothing. A process that is
killed loses the rows of reads that it answered in its last second, and nothing else: what a write says of itself is
still in the write's own transaction. See docs/decisions/0017.

The log is in the order in which rows came into it: an id is made when the row is written, `at` is when it was read.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import structlog

from shared import metrics
from shared.clock import new_id

if TYPE_CHECKING:
    from shared.database import Database

log = structlog.get_logger(__name__)
WAIT_SECONDS = 0.5
GROUP = 500
MOST = 20_000  # waiting; past it a read that cannot be noted is not answered
AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class ReadAudit:
    """One row to come. `fields` is JSON already, so what cannot be JSON is the fault of its own read."""

    district_id: UUID
    at: datetime
    client_id: str
    person_id: UUID | None
    request_id: str | None
    source: str
    action: str
    entity: str
    entity_id: UUID | None
    fields: str
    id: UUID | None = None  # made when it is first written, and kept should it be written again


class ReadAudits:
    def __init__(self, database: "Database") -> None:
        self._database = database
        self._waiting: list[ReadAudit] = []
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    async def note(self, rows: Iterable[ReadAudit]) -> None:
        """Take rows in. Returns at once, unless so many wait that the database must have been away for long.

        Called with no connection in hand, since writing takes one.
        """
        self._waiting += rows
        if len(self._waiting) > MOST:
            await self.flush()
        elif len(self._waiting) >= GROUP:
            self._start()
        else:
            self._start_in(WAIT_SECONDS)

    async def flush(self) -> None:
        """Write all that waits. What cannot be written goes on waiting, and the error is the caller's."""
        async with self._writing:
            self._stop_timer()
            rows, self._waiting = self._waiting, []
            districts: dict[UUID, list[ReadAudit]] = {}
            for row in rows:
                districts.setdefault(row.district_id, []).append(row)
            try:
                for of_district in districts.values():
                    await self._write(of_district)
                    of_district.clear()
            finally:
                self._waiting[:0] = [row for left in districts.values() for row in left]

    async def close(self) -> None:
        """Write what waits, at the end of the process."""
        self._stop_timer()
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - the process ends all the same
            log.error("read_audits.lost", error=type(error).__name__, rows=len(self._waiting))  # noqa: TRY400
        if self._task is not None:
            await self._task
        self._stop_timer()

    def _start_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._start)

    def _start(self) -> None:
        self._stop_timer()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_in_time())
        else:
            self._start_in(WAIT_SECONDS)  # for those that came while it writes

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _write_in_time(self) -> None:
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - whatever keeps them from being written, they are tried again
            metrics.read_audits_failed(self._database.schema)
            log.warning("read_audits.not_written", error=type(error).__name__, waiting=len(self._waiting))
            self._start_in(AGAIN_SECONDS)

    async def _write(self, rows: list[ReadAudit]) -> None:
        try:
            await self._insert(rows)
        except asyncpg.DataError:
            # PostgreSQL takes less than JSON does. That somebody looked is kept in any case; at what, where it can be.
            while rows:
                try:
                    await self._insert(rows[:1])
                except asyncpg.DataError:
                    log.error("read_audits.fields_refused", action=rows[0].action)  # noqa: TRY400 - quotes the row
                    rows[0].fields = "{}"
                    await self._insert(rows[:1])
                del rows[0]

    async def _insert(self, rows: list[ReadAudit]) -> None:
        for row in rows:
            row.id = row.id or new_id()
        async with self._database.transaction(rows[0].district_id) as connection:
            # Written before, if the connection broke between the commit and its answer.
            await connection.execute(
                f"""insert into {self._database.schema}.audit_events
                      (district_id, at, client_id, person_id, request_id, source, action, entity, entity_id, fields, id)
                    select $1, t, c, p, r, s, a, e, eid, f::jsonb, i
                    from unnest($2::timestamptz[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                                $8::text[], $9::uuid[], $10::text[], $11::uuid[]) as g (t, c, p, r, s, a, e, eid, f, i)
                    on conflict do nothing""",
                rows[0].district_id,
                *([getattr(row, name) for row in rows] for name in _COLUMNS),
            )


_COLUMNS = tuple(field.name for field in fields(ReadAudit) if field.name != "district_id")
