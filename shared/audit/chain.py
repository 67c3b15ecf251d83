"""A chain of hashes over the audit rows of each service and district.

    hash(n) = SHA-256 of the JSON array [hash(n-1), n, district_id, and the row's own fields in the order of FIELDS]

The JSON is compact, in UTF-8, with the keys of `fields` sorted; hashes are hexadecimal and the first follows the empty
string. All of it is in `GET /v1/audit-events/{service}`, so that anybody can compute it again.

Like a position in the feed a place in the chain is given after the commit: a transaction that took long simply comes
later. The head's lock makes the places follow each other, whoever and however many lay them.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from shared.database import Database

FIELDS = (
    "id", "at", "client_id", "person_id", "action", "entity", "entity_id", "fields", "request_id", "source",
)  # fmt: skip
COLUMNS = ", ".join(f"{name}::text as fields" if name == "fields" else name for name in FIELDS)
BATCH = 1000
BUSY = 0.05
IDLE = 0.5


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a chain goes and what its last hash is. One that is kept elsewhere shows what was cut off since."""

    position: int
    hash: str

    @classmethod
    def start(cls) -> Self:
        return cls(0, "")


def content_of(row: asyncpg.Record) -> list[Any]:
    """Give the row's own fields as their JSON has them."""
    return [orjson.loads(row[name]) if name == "fields" else row[name] for name in FIELDS]


def follow(last: Mark, district_id: UUID, content: list[Any]) -> Mark:
    """Give the mark of the row with this content, as the next one after `last`."""
    position = last.position + 1
    said = orjson.dumps(
        [last.hash, position, str(district_id), *content], default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
    )
    return Mark(position, hashlib.sha256(said).hexdigest())


class AuditChain:
    def __init__(self, database: Database) -> None:
        events, heads = f"{database.schema}.audit_events", f"{database.schema}.audit_heads"
        self._relay = database.relay
        self._waiting = f"""select distinct district_id from (
                select district_id from {events} where position is null order by id limit {BATCH}) w"""
        self._first = f"""insert into {heads} (district_id, position, hash)
            select d, 0, '' from unnest($1::uuid[]) as t (d) order by d on conflict do nothing"""
        self._lock = f"""select district_id, position, hash from {heads} where district_id = any($1)
            order by district_id for update"""
        self._rows = f"""select district_id, {COLUMNS} from {events}
            where district_id = any($1) and position is null order by id limit {BATCH}"""
        self._lay = f"""
            with laid as (
                select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[])
                  as t (district_id, id, place, mark)
            ), placed as (
                update {events} e set position = laid.place, hash = laid.mark
                from laid where e.district_id = laid.district_id and e.id = laid.id
            ), ends as (
                select distinct on (district_id) district_id, place, mark from laid order by district_id, place desc
            )
            update {heads} h set position = ends.place, hash = ends.mark
            from ends where h.district_id = ends.district_id"""

    async def run_once(self) -> int:
        """Give up to `BATCH` rows their place; give how many."""
        async with self._relay.acquire() as connection:
            districts = [row["district_id"] for row in await connection.fetch(self._waiting)]
            if not districts:
                return 0
            async with connection.transaction():
                await connection.execute(self._first, districts)
                heads = await connection.fetch(self._lock, districts)
                # A statement of its own: it needs a snapshot from after the lock, or it would place rows twice.
                rows = await connection.fetch(self._rows, districts)
                laid = _laid({row["district_id"]: Mark(row["position"], row["hash"]) for row in heads}, rows)
                await connection.execute(self._lay, *map(list, zip(*laid, strict=True)) if laid else ([], [], [], []))
            return len(rows)

    async def run(self) -> None:
        """Lay the chain for ever. Ends by being cancelled or by an outage."""
        pause = IDLE
        while True:
            laid = await self.run_once()
            pause = BUSY if laid else min(pause * 2, IDLE)
            if laid < BATCH:
                await asyncio.sleep(pause)


def _laid(heads: dict[UUID, Mark], rows: Iterable[asyncpg.Record]) -> list[tuple[UUID, UUID, int, str]]:
    laid = []
    for row in rows:
        district_id = row["district_id"]
        mark = heads[district_id] = follow(heads[district_id], district_id, content_of(row))
        laid.append((district_id, row["id"], mark.position, mark.hash))
    return laid
