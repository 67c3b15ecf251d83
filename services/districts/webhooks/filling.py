"""From the log to deliveries: a window ahead of an endpoint's place, no more than it can be told soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.districts.event_log.links import link_of
from services.districts.webhooks.rules import wants
from shared.clock import new_id
from shared.database import Connection

WINDOW = 500  # pending deliveries of one endpoint; the rest waits in the log

# What was told before is told again only after a replay has set the place back. Then all that is over starts anew.
_MAKE = """
insert into districts.webhook_deliveries as d
  (district_id, id, webhook_id, event_id, type, body, state, attempts, created_at, next_at)
select $1, r.id, $2, r.event_id, r.type, r.body, 'pending', 0, $3, $3
from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) as r (id, event_id, type, body)
on conflict (district_id, webhook_id, event_id) do update
  set state = 'pending', attempts = 0, next_at = excluded.next_at, ended_at = null
  where d.state <> 'pending'
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    district_id: UUID
    webhook_id: UUID
    url: str
    types: list[str]
    purposes: list[str]
    secrets: list[dict[str, Any]]
    position: int
    failures: int
    rests: bool


async def load(connection: Connection, district_id: UUID, webhook_id: UUID) -> Endpoint | None:
    """Give the endpoint as it is now; None if it is told nothing any more."""
    row = await connection.fetchrow(
        """select w.url, w.types, w.purposes, w.secrets, p.position, p.failures,
                  p.paused_until is not null as rests
           from districts.webhooks w join districts.webhook_places p on p.district_id = $1 and p.webhook_id = w.id
           where w.district_id = $1 and w.id = $2 and w.enabled and w.archived_at is null""",
        district_id, webhook_id,
    )  # fmt: skip
    if row is None:
        return None
    values = dict(row) | {"secrets": orjson.loads(row["secrets"])}
    return Endpoint(district_id=district_id, webhook_id=webhook_id, **values)


async def fill(connection: Connection, endpoint: Endpoint, now: datetime, public_url: str) -> None:
    """Make deliveries of what the endpoint wants, up to the window, and move its place on."""
    pending = await connection.fetchval(
        """select count(*) from (select from districts.webhook_deliveries
           where district_id = $1 and webhook_id = $2 and state = 'pending' limit $3) as window_of_it""",
        endpoint.district_id, endpoint.webhook_id, WINDOW,
    )  # fmt: skip
    # The head first: after a replay of a feed it lies beyond the last row, and is where the log ends all the same.
    head = await connection.fetchval(
        "select position from districts.event_heads where district_id = $1", endpoint.district_id
    )
    position, room = endpoint.position, WINDOW - pending
    while room > 0 and position < (head or 0):
        rows = await connection.fetch(
            """select position, id, type, time, entity, entity_id, ids, changed, purpose from districts.event_log
               where district_id = $1 and position > $2 and position <= $3 order by position limit $4""",
            endpoint.district_id, position, head, room,
        )  # fmt: skip
        wanted = [row for row in rows if wants(endpoint.types, endpoint.purposes, row["type"], row["purpose"])]
        await _make(connection, endpoint, wanted, now, public_url)
        position = rows[-1]["position"] if len(rows) == room else head
        room -= len(wanted)
    if position != endpoint.position:
        await connection.execute(
            "update districts.webhook_places set position = $3 where district_id = $1 and webhook_id = $2",
            endpoint.district_id, endpoint.webhook_id, position,
        )  # fmt: skip


async def _make(
    connection: Connection, endpoint: Endpoint, rows: Sequence[asyncpg.Record], now: datetime, public_url: str
) -> None:
    if rows:
        await connection.execute(
            _MAKE, endpoint.district_id, endpoint.webhook_id, now, [new_id() for _ in rows],
            [row["id"] for row in rows], [row["type"] for row in rows],
            [message(public_url, dict(row)) for row in rows],
        )  # fmt: skip


def message(public_url: str, row: dict[str, Any]) -> str:
    """Write the body: what happened to which row, never what the row says. A batch is read at its event."""
    data = {
        "entity": row["entity"],
        "entity_id": str(row["entity_id"]) if row["entity_id"] else None,
        "changed": row["changed"],
        "count": len(row["ids"]) if row["ids"] is not None else 1,
        "purpose": row["purpose"],
        "link": link_of(public_url, row),
        "event": f"{public_url}/v1/events/{row['id']}",
    }
    said = {"type": row["type"], "timestamp": row["time"], "data": data}
    return orjson.dumps(said, option=orjson.OPT_UTC_Z).decode()
