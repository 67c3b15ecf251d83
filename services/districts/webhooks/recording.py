"""What came of a round: attempts, how each message goes on, and whether the endpoint rests or is disabled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.districts.webhooks import rules
from services.districts.webhooks.filling import Endpoint
from services.districts.webhooks.records import get_webhook, told
from services.districts.webhooks.rules import DeliveryState, Outcome, Verdict
from shared.clock import new_id, now
from shared.database import Connection, Database
from shared.units import Unit
from shared.writes import announce, touch


@dataclass(frozen=True, slots=True)
class Sent:
    delivery_id: UUID
    at: datetime
    milliseconds: int
    outcome: Outcome
    attempts: int
    chance: float


_ATTEMPTS = """
insert into districts.webhook_attempts (district_id, id, delivery_id, at, milliseconds, status, problem)
select $1, a.* from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[], $7::text[]) as a
"""
_DELIVERIES = """
update districts.webhook_deliveries d set state = r.state, attempts = r.attempts, next_at = r.next_at,
       ended_at = case when r.state = 'pending' then null else $3::timestamptz end
from unnest($2::uuid[], $4::text[], $5::int[], $6::timestamptz[]) as r (id, state, attempts, next_at)
where d.district_id = $1 and d.id = r.id
"""


async def record(database: Database, endpoint: Endpoint, sent: Sequence[Sent]) -> bool:
    """Write it down in one transaction; give whether the endpoint takes more at once."""
    moment = now()
    verdicts = [rules.judge(it.outcome, it.attempts, moment, it.chance) for it in sent]
    async with database.unit(endpoint.district_id) as unit:
        await _keep(unit.connection, endpoint, sent, verdicts, moment)
        if any(verdict.disables for verdict in verdicts):
            await _disable(unit, endpoint)
            return False
        return await _judge_endpoint(unit.connection, endpoint, sent, moment)


async def _keep(
    connection: Connection, endpoint: Endpoint, sent: Sequence[Sent], verdicts: Sequence[Verdict], moment: datetime
) -> None:
    ids = [it.delivery_id for it in sent]
    await connection.execute(
        _ATTEMPTS, endpoint.district_id, [new_id() for _ in sent], ids, [it.at for it in sent],
        [it.milliseconds for it in sent], [it.outcome.status for it in sent], [it.outcome.problem for it in sent],
    )  # fmt: skip
    await connection.execute(
        _DELIVERIES, endpoint.district_id, ids, moment, [verdict.state.value for verdict in verdicts],
        [it.attempts for it in sent], [verdict.next_at for verdict in verdicts],
    )  # fmt: skip


async def _judge_endpoint(connection: Connection, endpoint: Endpoint, sent: Sequence[Sent], moment: datetime) -> bool:
    """One good answer after an outage says that it is well: what waited for a later try is tried now.

    An endpoint that refuses one message and takes the others has no outage: that message keeps to its schedule.
    """
    bad = [it.outcome for it in sent if not it.outcome.is_good]
    is_well = len(bad) < len(sent)
    failures = 0 if is_well else endpoint.failures + 1
    rest = max((rules.pause(outcome, failures) for outcome in bad), default=None) if not is_well else None
    await connection.execute(
        """update districts.webhook_places set failures = $3, paused_until = $4
           where district_id = $1 and webhook_id = $2""",
        endpoint.district_id, endpoint.webhook_id, failures, moment + rest if rest else None,
    )  # fmt: skip
    if is_well and (endpoint.rests or endpoint.failures >= rules.OUTAGE):
        await connection.execute(
            """update districts.webhook_deliveries set next_at = $3
               where district_id = $1 and webhook_id = $2 and state = $4 and next_at > $3""",
            endpoint.district_id, endpoint.webhook_id, moment, DeliveryState.PENDING.value,
        )  # fmt: skip
    return not rest


async def _disable(unit: Unit, endpoint: Endpoint) -> None:
    """410: nobody is there. What it was not told stays in the log."""
    row = await get_webhook(unit, endpoint.webhook_id, lock=True)
    changed = touch(unit, row, {"enabled": False, "disabled_reason": "gone"})
    announce(unit, "webhook.disabled", "webhooks", row, told(row), changed)
