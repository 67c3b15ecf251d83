"""What a worker does to a job's row.

A lease is named by `started_at`, which is new for each attempt: whoever lost it (a process that slept too long) changes
nothing any more, because each statement asks for the lease it was given.

How long one lasts is said by the clock of the database, the only one that all workers share: of two machines whose
clocks differ by an hour, one would take what the other has in hand, or hold it for an hour after its end. An instant
that is given (`at`) stands for it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.clock import new_id
from shared.database import Connection, Database
from shared.jobs.records import COLUMNS, Job, JobState, as_json

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who leases: a seat that one process has at a time, and which process in the row of those that had it.

    Whoever starts a worker under a seat's name has seen the one before it end. So what that one held is free at once;
    what a worker without a seat held is free when the lease runs out.
    """

    seat: str = ""
    turn: str = field(default_factory=lambda: new_id().hex)

    @property
    def mark(self) -> str | None:
        return f"{self.seat}/{self.turn}" if self.seat else None

    @property
    def earlier(self) -> str | None:
        """What the marks of the earlier ones begin with."""
        return f"{self.seat}/" if self.seat else None


NOBODY = Holder()


def _clock(given: str) -> str:
    return f"coalesce({given}::timestamptz, now())"


def _free(now: str, mark: str, earlier: str) -> str:
    """Say which rows may be leased; the arguments are the statement's parameters."""
    return f"""state in ('queued', 'running') and (lease_until is null or lease_until <= {now}
               or (state = 'running' and starts_with(leased_by, {earlier}::text) and leased_by <> {mark}::text))"""


class LeaseLost(Exception):
    """Another worker has this job now."""


@dataclass(frozen=True, slots=True)
class Lease:
    schema: str
    district_id: UUID
    job_id: UUID
    started_at: datetime

    @property
    def _mine(self) -> str:
        return "district_id = $1 and id = $2 and started_at = $3 and state = 'running'"

    async def renew(self, connection: Connection, at: datetime | None = None) -> bool:
        """Hold it for longer; give whether somebody asked to cancel."""
        asked = await connection.fetchval(
            f"""update {self.schema}.jobs set lease_until = {_clock("$4")} + $5
                where {self._mine} returning cancel_requested""",
            self.district_id, self.job_id, self.started_at, at, LEASE,
        )  # fmt: skip
        return self._held(asked)

    async def report(
        self, connection: Connection, at: datetime | None, done: int, total: int | None, message: str | None
    ) -> bool:
        """Write how far the job is, never backwards; give whether somebody asked to cancel."""
        asked = await connection.fetchval(
            f"""update {self.schema}.jobs set lease_until = {_clock("$4")} + $5, done = greatest(done, $6),
                       total = coalesce($7, total), message = coalesce($8, message)
                where {self._mine} returning cancel_requested""",
            self.district_id, self.job_id, self.started_at, at, LEASE, done, total, message,
        )  # fmt: skip
        return self._held(asked)

    async def guard(self, connection: Connection) -> None:
        """Say at the end of a transaction that its effects are ours to make. Nobody takes over till it commits."""
        held = await connection.fetchval(
            f"select cancel_requested from {self.schema}.jobs where {self._mine} for share",
            self.district_id, self.job_id, self.started_at,
        )  # fmt: skip
        self._held(held)

    async def end(
        self,
        connection: Connection,
        state: JobState,
        now: datetime,
        *,
        problem: dict[str, Any] | None = None,
        result: dict[str, Any] | None = None,
    ) -> bool:
        """Write how the job ended. Nothing happens if it has ended already, or if the lease is lost."""
        ended = await connection.fetchval(
            f"""update {self.schema}.jobs set state = $4, finished_at = $5, lease_until = null,
                       problem = $6::text::jsonb, result = $7::text::jsonb, version = version + 1
                where {self._mine} returning true""",
            self.district_id, self.job_id, self.started_at, state, now, as_json(problem), as_json(result),
        )  # fmt: skip
        return bool(ended)

    async def give_back(self, connection: Connection, pause: timedelta | None, *, counts: bool) -> None:
        """Queue it again: for any worker at once, or for later. A worker that merely stops does not count as a try."""
        await connection.execute(
            f"""update {self.schema}.jobs set state = 'queued', lease_until = now() + $4, version = version + 1,
                       attempts = attempts - case when $5 then 0 else 1 end
                where {self._mine}""",
            self.district_id, self.job_id, self.started_at, pause, counts,
        )  # fmt: skip

    @staticmethod
    def _held(asked: bool | None) -> bool:
        if asked is None:
            raise LeaseLost
        return asked


async def take(
    database: Database, district_id: UUID, job_id: UUID, at: datetime | None = None, holder: Holder = NOBODY
) -> tuple[Job, Lease] | None:
    """Lease a job that waits, or whose worker died; None if there is nothing to do."""
    async with database.transaction(district_id) as connection:
        row = await connection.fetchrow(
            f"""update {database.schema}.jobs set state = 'running', lease_until = {_clock("$3")} + $4,
                       started_at = {_clock("$3")}, leased_by = $5, attempts = attempts + 1, version = version + 1
                where district_id = $1 and id = $2 and {_free(_clock("$3"), "$5", "$6")}
                returning {COLUMNS}""",
            district_id, job_id, at, LEASE, holder.mark, holder.earlier,
        )  # fmt: skip
    if row is None:
        return None
    return Job.of(row), Lease(database.schema, district_id, job_id, row["started_at"])


async def waiting(
    database: Database, at: datetime | None, limit: int, holder: Holder = NOBODY
) -> list[tuple[UUID, UUID]]:
    """Give jobs of any district that nobody works on, the oldest first."""
    rows = await database.relay.fetch(
        f"""select district_id, id from {database.schema}.jobs
            where {_free(_clock("$1"), "$3", "$4")}
            order by created_at limit $2""",
        at, limit, holder.mark, holder.earlier,
    )  # fmt: skip
    return [(row["district_id"], row["id"]) for row in rows]
