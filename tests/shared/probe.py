"""A service of nothing but misbehaviour, on the real kernel and the real database: tests/shared/test_{routing,...}.py.

Its routes announce a change first and then do what the body says, so that the books show what was kept.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import httpx
import orjson
from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field

from shared.app import service_app
from shared.clock import new_id
from shared.errors import Conflict
from shared.feed.events import Event
from shared.json_body import JsonBody
from shared.paging import ListQuery
from shared.peers import open_peers
from shared.routing import moment, reads, resource_router, writes
from shared.settings import Settings
from shared.testing.stack import District, Stack
from shared.units import Unit, emit
from shared.wire import ExternalIds, Instant, Key, Name, Read, Wire

SERVICE = "coaching"
CanRead = Annotated[Unit, Depends(reads("goals.read"))]
CanReadHot = Annotated[Unit, Depends(reads("goals.read", hot=True))]
CanWrite = Annotated[Unit, Depends(writes("goals.write"))]
CanWriteHot = Annotated[Unit, Depends(writes("goals.write", hot=True))]

router = resource_router("probes")
waiting = asyncio.Event()


class Probe(Wire):
    then: Literal["answer", "refuse", "crash", "answer 404", "answer nonsense", "lose the connection", "wait"] = (
        "answer"
    )
    name: Name = "x"
    labels: dict[Key, Name] = Field(default_factory=dict, max_length=3)
    external_ids: ExternalIds
    at: Instant | None = None


PROBE = JsonBody(Probe)


class Made(Read):
    id: int
    at: str = ""


class OutOfSorts(Conflict, title="The probe is out of sorts"):
    pass


@dataclass
class Calls:
    made: list[str] = field(default_factory=list)

    async def note(self) -> None:
        self.made.append("called")

    async def fail(self) -> None:
        raise RuntimeError("what comes after a commit may fail")


calls = Calls()


async def act(unit: Unit, probe: Probe) -> Response | dict[str, object]:
    emit(unit, Event("probe.made", "probes", new_id(), {}, ("then",)))
    unit.after_commit(calls.fail)
    unit.after_commit(calls.note)
    match probe.then:
        case "refuse":
            raise OutOfSorts(possible=["answer"])
        case "crash":
            raise RuntimeError("a mistake of ours")
        case "answer 404":
            return Response(status_code=404)
        case "answer nonsense":
            return {"id": "no number"}
        case "lose the connection":
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
                await unit.connection.execute("select pg_terminate_backend(pg_backend_pid())")
        case "wait":
            waiting.set()
            await asyncio.sleep(30)
    unit.answer.headers["ETag"] = '"7"'
    return {"id": 7, "at": moment(unit, probe.at).isoformat()}


@router.post("/v1/probes", status_code=201, response_model=Made)
async def probe(body: Probe, unit: CanWrite) -> Response | dict[str, object]:
    return await act(unit, body)


@router.post("/v1/hot-probes", status_code=201, response_model=Made)
async def probe_hot(body: Probe, unit: CanWriteHot) -> Response | dict[str, object]:
    return await act(unit, body)


@router.post("/v1/short-probes", status_code=201, response_model=Made, openapi_extra=PROBE.documented)
async def probe_short(request: Request, unit: CanWriteHot) -> Response:
    made = await act(unit, await PROBE.read(request))
    if isinstance(made, Response):
        return made
    return Response(Made.model_validate(made).model_dump_json(), 201, media_type="application/json")


@router.get("/v1/short-probes/{number}")
async def look_short(
    number: int,
    request: Request,
    unit: CanReadHot,
    after: UUID,
    limit: Annotated[int, Query(ge=1, le=9, alias="most")] = 3,
    sort: Annotated[str | None, Query(max_length=5)] = None,
    kinds: Annotated[list[str] | None, Query()] = None,
) -> Response:
    unit.audit("probes.read", "probes", after)
    seen = [number, request.url.path, str(after), limit, sort, kinds]
    return Response(orjson.dumps(seen), media_type="application/json", headers={"X-Seen": "yes"})


@router.get("/v1/short-probes")
async def list_short(query: Annotated[ListQuery, Query()], unit: CanReadHot) -> Response:
    return Response(query.model_dump_json(), media_type="application/json")


@router.get("/v1/probes")
async def look(unit: CanRead, *, announce: bool = False) -> dict[str, str | None]:
    unit.audit("probes.read", "probes", None, rows=3)
    if announce:
        emit(unit, Event("probe.made", "probes", new_id(), {}, ("then",)))
    return {"person": str(unit.who.person_id) if unit.who.person_id else None, "source": unit.source}


@router.get("/v1/hot-probes")
async def look_hot(unit: CanReadHot) -> dict[str, str]:
    unit.audit("probes.read", "probes", None, rows=3)
    return {}


@router.delete("/v1/probes")
async def forget(unit: CanWrite) -> dict[str, str]:
    return {"district": str(unit.district_id)}


@router.get("/v1/raise")
async def raise_it(request: Request, unit: CanRead) -> None:
    raise request.app.state.raises


@dataclass
class House:
    """The probing service, and what its books hold of one district."""

    app: FastAPI
    stack: Stack
    district: District

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        given = {"Authorization": f"Bearer {self.district.token}"} | headers
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=given, timeout=20)

    async def books(self) -> dict[str, int]:
        """Count what was kept: events, what of it is audited, reads, stored answers."""
        await self.app.state.runtime.database.read_audits.flush()
        async with self.stack.runtimes[SERVICE].database.transaction(self.district.id) as connection:
            row = await connection.fetchrow(
                f"""select (select count(*) from {SERVICE}.outbox) as events,
                    (select count(*) from {SERVICE}.audit_events where action = 'probe.made') as writes,
                    (select count(*) from {SERVICE}.audit_events where action = 'probes.read') as reads,
                    (select count(*) from {SERVICE}.idempotency_keys) as answers"""
            )
        return dict(row)


@asynccontextmanager
async def open_app(stack: Stack, **more: object) -> AsyncIterator[FastAPI]:
    settings = Settings(**(stack.settings | more))
    app = service_app(SERVICE, settings, [router], description="probes", peers=open_peers(settings, stack.transport))
    async with app.router.lifespan_context(app):
        yield app
