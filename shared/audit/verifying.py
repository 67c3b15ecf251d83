"""Walks a chain of audit rows and says where it is broken.

What was changed, removed, put in between or moved is found by the chain alone. What was cut off at its end, or a chain
that was written anew as a whole, is found against a mark that was kept elsewhere. What nobody can find: a row that was
taken away before it had its place, which is within a second of its commit.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from shared.audit.chain import COLUMNS, Mark, content_of, follow
from shared.database import Database
from shared.jobs.queue import Queue
from shared.jobs.records import Job
from shared.jobs.running import JobContext
from shared.jobs.starting import start_job
from shared.units import Unit

JOB = "audit.verify"
MOST_FAULTS = 20
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is changed, missing, inserted, cut or rewritten; from `position` on."""

    position: int
    event_id: UUID | None
    kind: str
    message: str


@dataclass(slots=True)
class Verdict:
    """`head` is the mark to keep; `waiting` rows have no place yet."""

    head: Mark
    checked: int = 0
    waiting: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        return {
            "position": self.head.position, "hash": self.head.hash, "checked": self.checked, "waiting": self.waiting,
            "faults": [asdict(fault) for fault in self.faults],
        }  # fmt: skip


async def start(unit: Unit, queue: Queue, expected: dict[str, Any] | None = None) -> Job:
    """Queue a verification, or give the one against the same mark that is under way.

    That one may be past a row already: whoever wants to know of a later change asks again when it has ended.
    """
    args = {"expected": expected}
    job = await start_job(unit, queue, JOB, args, unique_by=args)
    unit.audit("audit_log.verified", "jobs", job.id)
    return job


async def verify(database: Database, district_id: UUID, expected: Mark | None = None) -> Verdict:
    """Check one district's chain from its first row to its head, and that it goes through `expected`."""
    verdict = Verdict(Mark.start())
    last = Mark.start()
    kept = expected is None or expected.position == 0
    async for row in _rows(database, district_id):
        fault = _fault_of(last, district_id, row)
        if fault is not None and len(verdict.faults) < MOST_FAULTS:
            verdict.faults.append(fault)
        # On with what the row says of itself, so that one fault is told once.
        last = Mark(row["position"], row["hash"])
        verdict.checked += 1
        kept = kept or (expected is not None and last == expected)
    verdict.faults += await _faults_of_end(database, district_id, last)
    if expected is not None and not kept:
        verdict.faults.append(_not_the_same(expected, last))
    verdict.head = last
    verdict.waiting = await database.relay.fetchval(
        f"select count(*) from {database.schema}.audit_events where district_id = $1 and position is null", district_id
    )
    return verdict


def _fault_of(last: Mark, district_id: UUID, row: asyncpg.Record) -> Fault | None:
    place, own = row["position"], last.position + 1
    if place > own:
        many = f"rows {own} to {place - 1} are" if place - 1 > own else f"row {own} is"
        return Fault(own, None, "missing", f"{many} missing: row {place} cannot be checked against them")
    if place < own:
        return Fault(place, row["id"], "inserted", f"there are two rows {place}")
    if follow(last, district_id, content_of(row)).hash != row["hash"]:
        return Fault(place, row["id"], "changed", f"row {place} is not the one that was written here")
    return None


async def _faults_of_end(database: Database, district_id: UUID, last: Mark) -> list[Fault]:
    row = await database.relay.fetchrow(
        f"select position, hash from {database.schema}.audit_heads where district_id = $1", district_id
    )
    head = Mark(row["position"], row["hash"]) if row else Mark.start()
    if head.position > last.position:
        return [
            Fault(last.position + 1, None, "cut", f"the head says {head.position}, the last row is {last.position}")
        ]
    if head.position < last.position:
        return [Fault(head.position + 1, None, "inserted", f"the head knows of no row after {head.position}")]
    return (
        [] if head == last else [Fault(last.position, None, "changed", "the head has another hash than the last row")]
    )


def _not_the_same(expected: Mark, last: Mark) -> Fault:
    if last.position < expected.position:
        message = f"row {expected.position} was there when the mark was taken, the last row is {last.position}"
        return Fault(last.position + 1, None, "cut", message)
    return Fault(expected.position, None, "rewritten", f"row {expected.position} has another hash than the mark")


async def _rows(database: Database, district_id: UUID) -> AsyncIterator[asyncpg.Record]:
    """Give the rows in the order of their places, page by page, so that no page holds a transaction open."""
    place, last = -(2**63), UUID(int=0)
    while True:
        rows = await database.relay.fetch(
            f"""select position, hash, {COLUMNS} from {database.schema}.audit_events
                where district_id = $1 and position is not null and (position, id) > ($2, $3)
                order by position, id limit {_PAGE}""",
            district_id, place, last,
        )  # fmt: skip
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        place, last = rows[-1]["position"], rows[-1]["id"]


async def districts_of(database: Database) -> list[UUID]:
    """Give every district that has a chain, or rows that should be in one."""
    rows = await database.relay.fetch(
        f"""select district_id from {database.schema}.audit_heads
            union select distinct district_id from {database.schema}.audit_events where position is null order by 1"""
    )
    return [row["district_id"] for row in rows]


async def run(job: JobContext) -> dict[str, Any]:
    """Do it as a job: what it found is the job's result. A broken chain is a finding, not a failure."""
    given = job.args.get("expected")
    verdict = await verify(job.runtime.database, job.district_id, Mark(**given) if given else None)
    return verdict.told
