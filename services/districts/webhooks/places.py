"""How far each endpoint is, and when it is due: what the API, the log and the worker all write."""

from datetime import datetime
from uuid import UUID

from shared.database import Connection


async def open_at_end(connection: Connection, district_id: UUID, webhook_id: UUID) -> None:
    """A new endpoint is told what happens from now on."""
    await connection.execute(
        """insert into districts.webhook_places (district_id, webhook_id, position, failures)
           select $1, $2, coalesce((select position from districts.event_heads where district_id = $1), 0), 0""",
        district_id, webhook_id,
    )  # fmt: skip


async def wake_all(connection: Connection, district_id: UUID, now: datetime) -> None:
    """Something was added to the log. One that rests is due when it has rested."""
    await connection.execute(
        """update districts.webhook_places p set due_at = greatest($2, p.paused_until)
           from districts.webhooks w
           where p.district_id = $1 and w.district_id = $1 and w.id = p.webhook_id and w.enabled
             and w.archived_at is null and (p.due_at is null or p.due_at > greatest($2, p.paused_until))""",
        district_id, now,
    )  # fmt: skip


async def wake(connection: Connection, district_id: UUID, webhook_id: UUID, now: datetime) -> None:
    """Somebody asked: try all that waits at once, and think nothing of what failed before."""
    await connection.execute(
        """update districts.webhook_deliveries set next_at = $3
           where district_id = $1 and webhook_id = $2 and state = 'pending' and next_at > $3""",
        district_id, webhook_id, now,
    )  # fmt: skip
    await connection.execute(
        """update districts.webhook_places set due_at = $3, paused_until = null, failures = 0
           where district_id = $1 and webhook_id = $2""",
        district_id, webhook_id, now,
    )  # fmt: skip


async def go_back(connection: Connection, district_id: UUID, webhook_id: UUID, since: datetime) -> None:
    """Set it back to before the first event of an instant. The log's positions are nearly in the order of time."""
    await connection.execute(
        """update districts.webhook_places p set position = least(p.position, coalesce((
             select min(e.position) - 1 from districts.event_log e
             where e.district_id = $1 and e.time >= $3 and e.position <= p.position), p.position))
           where p.district_id = $1 and p.webhook_id = $2""",
        district_id, webhook_id, since,
    )  # fmt: skip


async def rest(connection: Connection, district_id: UUID, webhook_id: UUID) -> None:
    """It is told nothing until it is enabled again."""
    await connection.execute(
        "update districts.webhook_places set due_at = null where district_id = $1 and webhook_id = $2",
        district_id, webhook_id,
    )  # fmt: skip
