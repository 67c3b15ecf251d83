from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.observations.observations.models import WAITING
from shared.database import Connection

DUE, OVERDUE = "feedback_due", "feedback_overdue"
AT_ONCE = 500
_CLAIM = f"""
    insert into observations.feedback_notices (district_id, observation_id, kind, due_at, told_at)
    select $1, o.id, k.kind, o.feedback_due_at, $2
    from observations.observations o
    cross join lateral (select case when o.feedback_due_at <= $2 then '{OVERDUE}' else '{DUE}' end as kind) k
    where o.district_id = $1 and {WAITING} and o.feedback_due_at <= $3 and o.archived_at is null
      and not exists (select from observations.feedback_notices n
                      where n.district_id = $1 and n.observation_id = o.id and n.kind = k.kind
                        and n.due_at = o.feedback_due_at)
    order by o.feedback_due_at, o.id limit {AT_ONCE}
    on conflict do nothing
    returning observation_id, kind"""


async def claim(
    connection: Connection, district_id: UUID, now: datetime, before: timedelta
) -> Sequence[tuple[UUID, str]]:
    """Take what is to be told now and was not told yet. Of two that do so at once each row is one's alone."""
    rows = await connection.fetch(_CLAIM, district_id, now, now + before)
    return [(row["observation_id"], row["kind"]) for row in rows]
