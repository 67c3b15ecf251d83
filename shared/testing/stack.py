"""The whole house in one process: four apps behind the dispatcher, workers that run when told, a client over HTTP.

Nothing is replaced but the network: calls go through httpx's ASGI transport. `settle` does what the workers do, until
every feed is applied everywhere and no job waits, so that a test needs no sleep.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.access.scopes import ALL
from shared.audit.chain import AuditChain
from shared.clock import new_id
from shared.feed.sequencer import Sequencer
from shared.feed.subscriber import Subscriber
from shared.jobs.running import run_job
from shared.jobs.worker import Work
from shared.local.servers import Urls
from shared.peers import open_peers
from shared.runtime import Runtime
from shared.settings import SERVICE_NAMES
from shared.testing.promises import broken_promises
from shared.testing.servers import settings_of

# Who has applied all that a publisher has placed: to ask in vain over HTTP, as a worker may, costs most of a settling.
HAVE_ALL = " union all ".join(
    f"""select '{name}', c.publisher from {name}.feed_cursors c join {publisher}.feed_head h
        on c.publisher = '{publisher}' and c.position >= h.position"""
    for name in SERVICE_NAMES
    for publisher in SERVICE_NAMES
)


# httpx's ASGI transport asks at every request whether it is there, which it is not: each time a search of the disk.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # None is how Python says that


@dataclass(repr=False)  # asyncio words it again and again, and each time all districts with it
class Stack:
    app: Any
    settings: dict[str, Any]
    runtimes: dict[str, Runtime]
    work: dict[str, Work]
    transport: httpx.ASGITransport
    districts: list[UUID] = field(default_factory=list)  # that were made here

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self.transport, base_url="http://127.0.0.1:8000", headers=headers, timeout=30
        )

    async def settle(self) -> None:
        """Sequence, pull and run jobs until nothing is left to do."""
        busy = True
        while busy:
            busy = False
            for name in SERVICE_NAMES:
                busy |= await self._run_jobs(name) > 0
                while await Sequencer(self.runtimes[name].database).run_once():
                    busy = True
                while await AuditChain(self.runtimes[name].database).run_once():
                    pass
            have_all = {tuple(row) for row in await self.runtimes["districts"].database.relay.fetch(HAVE_ALL)}
            for name in SERVICE_NAMES:
                subscriber = Subscriber(self.runtimes[name], self.work[name].subscriptions)
                for publisher in subscriber.publishers:
                    if (name, publisher) not in have_all:
                        busy |= await subscriber.pull(publisher) > 0

    async def _run_jobs(self, name: str) -> int:
        runtime = self.runtimes[name]
        waiting = await runtime.database.relay.fetch(
            f"""select district_id, id from {name}.jobs
                where state = 'queued' and (lease_until is null or lease_until <= now())"""
        )
        for job in waiting:
            work = self.work[name]
            await run_job(runtime, work.jobs, job["district_id"], job["id"], tells=work.tells)
        return len(waiting)


@dataclass
class District:
    """A district of one test's own, with a client that may do everything."""

    id: UUID
    client_id: str
    client_secret: str
    stack: Stack = field(repr=False)
    token: str = ""
    people: dict[str, UUID] = field(default_factory=dict)

    def client(self, person: UUID | None = None, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        if person is not None:
            headers["Throughline-Person"] = str(person)
        return self.stack.client(**headers)


@pytest.fixture(scope="session")
async def stack(urls: Urls, data_dir: Path) -> AsyncIterator[Stack]:
    async with open_stack(urls, data_dir) as opened:
        yield opened
        broken = await broken_promises(urls.relay_database_url, opened.districts)
    assert not broken, "\n".join(broken)


@asynccontextmanager
async def open_stack(urls: Urls, data_dir: Path) -> AsyncIterator[Stack]:
    all_in_one = import_module("services.all_in_one")
    given = settings_of(
        urls,
        data_dir,
        pool_size=6,
        requests_per_minute=1_000_000,
        token_requests_per_minute=1_000_000,
        uploads_per_minute=1_000_000,
        outbound_networks="127.0.0.1",
    )
    outer: dict[str, Any] = {}

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        await outer["app"](scope, receive, send)

    transport = httpx.ASGITransport(app=dispatch)
    apps, runtimes, work = {}, {}, {}
    async with AsyncExitStack() as opened:
        for name in SERVICE_NAMES:
            settings = getattr(import_module(f"services.{name}.settings"), f"{name.capitalize()}Settings")(**given)
            apps[name] = import_module(f"services.{name}.app").create_app(
                settings, peers=open_peers(settings, transport)
            )
            await opened.enter_async_context(apps[name].router.lifespan_context(apps[name]))
            runtimes[name] = apps[name].state.runtime
            work[name] = import_module(f"services.{name}.jobs").WORK
        outer["app"] = all_in_one.dispatcher(apps, internal=True)
        yield Stack(outer["app"], given, runtimes, work, transport)


@pytest.fixture
async def district(stack: Stack) -> District:
    """Make a fresh district; what a test commits there no other test sees."""
    return await new_district(stack)


@pytest.fixture
async def other_district(stack: Stack) -> District:
    return await new_district(stack)


async def new_district(stack: Stack) -> District:
    create_district = import_module("services.districts.districts.service").create_district
    create_client = import_module("services.districts.clients.service").create_client
    database = stack.runtimes["districts"].database
    made = await create_district(database, f"District {new_id()}")
    client = await create_client(database, made.district_id, "tests", (ALL,))
    district = District(made.district_id, client.client_id, client.client_secret, stack)
    stack.districts.append(made.district_id)
    district.token = await token_of(stack, client.client_id, client.client_secret)
    return district


async def token_of(stack: Stack, client_id: str, client_secret: str, scope: str | None = None) -> str:
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    async with stack.client() as http:
        answer = await http.post("/oauth2/token", data=form, auth=(client_id, client_secret))
        answer.raise_for_status()
        return str(answer.json()["access_token"])
