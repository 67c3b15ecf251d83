import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.districts.event_log.schemas import EventsQuery
from shared import stopping
from shared.database import Connection
from shared.errors import FieldError, Invalid, NotFound
from shared.units import Unit

LOOK_EVERY = 0.3

_COLUMNS = "position, id, type, time, entity, entity_id, ids, changed, purpose"
_WANTED = "district_id = $1 and (cardinality($2::text[]) = 0 or type = any ($2::text[]))"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log, and the position up to which it says everything."""

    rows: list[dict[str, Any]]
    upto: int
    more: bool


async def read(connection: Connection, district_id: UUID, types: list[str], after: int, limit: int) -> Stretch:
    # The head first: what is committed between the two statements is then left for the next stretch, not passed over.
    head = await connection.fetchval("select position from districts.event_heads where district_id = $1", district_id)
    if after > (head or 0):
        # Made up, or kept from before the database was set back: to wait for it would pass over what comes till then.
        raise Invalid(errors=[FieldError("#/query/after", "cursor", "lies beyond the end of this log")])
    rows = await connection.fetch(
        f"""select {_COLUMNS} from districts.event_log
            where {_WANTED} and position > $3 and position <= $4 order by position limit $5""",
        district_id,
        types,
        after,
        head or 0,
        limit + 1,
    )
    more = len(rows) > limit
    found = [dict(row) for row in rows[:limit]]
    return Stretch(found, found[-1]["position"] if more else head or 0, more)


async def follow(unit: Unit, query: EventsQuery, after: int) -> Stretch:
    """Read on from a place; with `wait`, look again until something wanted is there, the time is over or we stop.

    A request that waits has let go of its transaction: it holds nothing but its socket. With each look it asks anew
    whether it may, since it may have been revoked meanwhile.
    """
    found = await read(unit.connection, unit.district_id, query.types, after, query.limit)
    if not query.wait or found.rows:
        return found
    await unit.rollback()
    ends_at = asyncio.get_running_loop().time() + query.wait
    while not (found.rows or stopping.has_begun()) and (left := ends_at - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(min(LOOK_EVERY, left))
        await unit.ask_again()
        async with unit.database.transaction(unit.district_id) as connection:
            found = await read(connection, unit.district_id, query.types, found.upto, query.limit)
    return found


async def one(connection: Connection, district_id: UUID, event_id: UUID) -> dict[str, Any]:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from districts.event_log where district_id = $1 and id = $2", district_id, event_id
    )
    if row is None:
        raise NotFound
    return dict(row)


async def count(connection: Connection, district_id: UUID, types: list[str]) -> int:
    found = await connection.fetchval(f"select count(*) from districts.event_log where {_WANTED}", district_id, types)
    return int(found)
