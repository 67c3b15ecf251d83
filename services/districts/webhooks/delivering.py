"""The worker's loop: each endpoint that is due is served by a task of its own, so that none waits for a slow one.

An endpoint is leased, so that of several workers one serves it. What was sent and not yet written down when a worker
dies is sent again under the same webhook-id. An outage of PostgreSQL ends a turn; when the lease ran out, it goes on.
What a worker with a seat had in hand when it died is free as soon as the next one sits there, as with jobs.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from uuid import UUID

import asyncpg
import httpx
import structlog

from services.districts.settings import settings_of
from services.districts.webhooks import filling, places, signing
from services.districts.webhooks.filling import Endpoint
from services.districts.webhooks.recording import Sent, record
from services.districts.webhooks.sending import open_client, send
from shared.clock import now
from shared.database import Connection
from shared.jobs.leases import NOBODY, Holder
from shared.jobs.outages import OUTAGES, is_outage
from shared.networks import networks_of
from shared.runtime import Runtime

log = structlog.get_logger()

LOOK_EVERY = 0.5
AT_ONCE = 64  # endpoints served by one worker at a time
FAILING = 24  # of them such as failed the last time: however many hang, there is room for who answers
ABREAST = 8  # messages of one endpoint on their way at a time; one, while it fails
TURN = 30.0  # seconds after which an endpoint makes room for others
LEASE = timedelta(seconds=90)


async def run(runtime: Runtime) -> None:
    """Serve whatever is due, for ever."""
    holder = Holder(runtime.settings.worker_seat)
    async with _client(runtime) as http:
        turns = _Turns(runtime, http, holder)
        try:
            while True:
                for failing in (False, True):
                    for place in await due(runtime, AT_ONCE, holder, failing=failing):
                        turns.offer(*place, failing=failing)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            await turns.end()


class _Turns:
    """The endpoints that are being served, each by a task of its own."""

    def __init__(self, runtime: Runtime, http: httpx.AsyncClient, holder: Holder) -> None:
        self._runtime = runtime
        self._http = http
        self._holder = holder
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._failing: set[UUID] = set()

    def offer(self, district_id: UUID, webhook_id: UUID, *, failing: bool) -> None:
        is_full = len(self._tasks) >= AT_ONCE or (failing and len(self._failing) >= FAILING)
        if is_full or webhook_id in self._tasks:
            return
        task = asyncio.create_task(_guarded(self._runtime, self._http, district_id, webhook_id, self._holder))
        self._tasks[webhook_id] = task
        if failing:
            self._failing.add(webhook_id)
        task.add_done_callback(partial(self._forget, webhook_id))

    def _forget(self, webhook_id: UUID, _: "asyncio.Task[None]") -> None:
        del self._tasks[webhook_id]
        self._failing.discard(webhook_id)

    async def end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def run_once(runtime: Runtime) -> int:
    """Serve what is due now, one endpoint after the other; give how many were (tests and commands)."""
    async with _client(runtime) as http:
        found = [place for failing in (False, True) for place in await due(runtime, 1000, failing=failing)]
        for district_id, webhook_id in found:
            await serve(runtime, http, district_id, webhook_id)
    return len(found)


def _client(runtime: Runtime) -> httpx.AsyncClient:
    # As many as there can be messages on their way: several endpoints may be at one name, and some of them hang.
    return open_client(networks_of(runtime.settings.outbound_networks), AT_ONCE * ABREAST)


def _free(mark: str, earlier: str) -> str:
    return f"""(lease_until is null or lease_until <= now()
                or (starts_with(leased_by, {earlier}::text) and leased_by <> {mark}::text))"""


async def due(runtime: Runtime, limit: int, holder: Holder = NOBODY, *, failing: bool) -> list[tuple[UUID, UUID]]:
    """Give the endpoints of any district that are due and that nobody serves, the longest waiting first.

    Either those whose last answer was good, or those that fail.
    """
    rows = await runtime.database.relay.fetch(
        f"""select district_id, webhook_id from districts.webhook_places
            where due_at <= $1 and {_free("$4", "$5")} and (failures > 0) = $3 order by due_at limit $2""",
        now(), limit, failing, holder.mark, holder.earlier,
    )  # fmt: skip
    return [(row["district_id"], row["webhook_id"]) for row in rows]


async def _guarded(
    runtime: Runtime, http: httpx.AsyncClient, district_id: UUID, webhook_id: UUID, holder: Holder
) -> None:
    try:
        await serve(runtime, http, district_id, webhook_id, holder)
    except Exception as error:
        if is_outage(error):
            log.warning("webhook_turn_interrupted", webhook_id=str(webhook_id), error=type(error).__name__)
        else:
            log.exception("webhook_turn_failed", webhook_id=str(webhook_id))


async def serve(
    runtime: Runtime, http: httpx.AsyncClient, district_id: UUID, webhook_id: UUID, holder: Holder = NOBODY
) -> None:
    """Give one endpoint its turn."""
    if not await _lease(runtime, district_id, webhook_id, holder):
        return
    try:
        began, goes_on = perf_counter(), True
        while goes_on and perf_counter() - began < TURN:
            goes_on = await _round(runtime, http, district_id, webhook_id)
    finally:
        await asyncio.shield(_release(runtime, district_id, webhook_id))


async def _lease(runtime: Runtime, district_id: UUID, webhook_id: UUID, holder: Holder) -> bool:
    """Leases go by the database's clock, as those of jobs do."""
    async with runtime.database.transaction(district_id) as connection:
        taken = await connection.fetchval(
            f"""update districts.webhook_places set lease_until = now() + $4, leased_by = $5
                where district_id = $1 and webhook_id = $2 and due_at <= $3 and {_free("$5", "$6")} returning true""",
            district_id, webhook_id, now(), LEASE, holder.mark, holder.earlier,
        )  # fmt: skip
    return bool(taken)


async def _release(runtime: Runtime, district_id: UUID, webhook_id: UUID) -> None:
    """Say when it is due next. Its row is locked first, so that nothing is added to the log unseen in between.

    In an outage its lease runs out instead. That is heard here: whoever is cancelled waits no longer for this.
    """
    with suppress(*OUTAGES):
        await _say_when_due(runtime, district_id, webhook_id)


async def _say_when_due(runtime: Runtime, district_id: UUID, webhook_id: UUID) -> None:
    async with runtime.database.transaction(district_id) as connection:
        await connection.fetchval(
            "select position from districts.webhook_places where district_id = $1 and webhook_id = $2 for update",
            district_id, webhook_id,
        )  # fmt: skip
        await connection.execute(_DUE, district_id, webhook_id, now(), filling.WINDOW)


_DUE = """
update districts.webhook_places p set lease_until = null, due_at = case
    when not exists (select from districts.webhooks w where w.district_id = $1 and w.id = $2 and w.enabled
                     and w.archived_at is null) then null
    else greatest(p.paused_until, least(pending.next_at, case
        when pending.many < $4 and p.position < (
            select h.position from districts.event_heads h where h.district_id = $1) then $3::timestamptz end)) end
from (select min(d.next_at) as next_at, count(*) as many from districts.webhook_deliveries d
      where d.district_id = $1 and d.webhook_id = $2 and d.state = 'pending') as pending
where p.district_id = $1 and p.webhook_id = $2
"""


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    event_id: UUID
    body: str
    attempts: int

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Message":
        return cls(row["id"], row["event_id"], row["body"], row["attempts"])


async def _round(runtime: Runtime, http: httpx.AsyncClient, district_id: UUID, webhook_id: UUID) -> bool:
    """Send a few and write down what came of it; give whether to go on at once."""
    async with runtime.database.transaction(district_id) as connection:
        endpoint = await filling.load(connection, district_id, webhook_id)
        if endpoint is None:
            await places.rest(connection, district_id, webhook_id)
            return False
        await filling.fill(connection, endpoint, now(), runtime.settings.public_url)
        messages = await _waiting(connection, endpoint, 1 if endpoint.failures else ABREAST)
        await connection.execute(
            "update districts.webhook_places set lease_until = now() + $3 where district_id = $1 and webhook_id = $2",
            district_id, webhook_id, LEASE,
        )  # fmt: skip
    if not messages:
        return False
    secrets = signing.live(endpoint.secrets, settings_of(runtime).secrets_key, now())
    sent = await asyncio.gather(*(_send(http, endpoint.url, secrets, message) for message in messages))
    return await record(runtime.database, endpoint, sent)


async def _waiting(connection: Connection, endpoint: Endpoint, limit: int) -> list[Message]:
    rows = await connection.fetch(
        """select id, event_id, body, attempts from districts.webhook_deliveries
           where district_id = $1 and webhook_id = $2 and state = 'pending' and next_at <= $3
           order by next_at, id limit $4""",
        endpoint.district_id, endpoint.webhook_id, now(), limit,
    )  # fmt: skip
    return [Message.of(row) for row in rows]


async def _send(http: httpx.AsyncClient, url: str, secrets: Sequence[str], message: Message) -> Sent:
    at: datetime = now()
    began = perf_counter()
    headers = signing.headers(message.event_id, message.body, secrets, at)
    outcome = await send(http, url, headers, message.body, at)
    milliseconds = round((perf_counter() - began) * 1000)
    return Sent(message.id, at, milliseconds, outcome, message.attempts + 1, random.random())  # noqa: S311 - spreads
