"""One ASGI app out of the four services, and the process that serves it.

public    `create_app()`: the four behind a dispatcher, and what they share: health, the merged document, metrics
private   their /internal, on a unix socket that only this machine's Throughline can enter

start     the lifespan of each service, then `heap.settle`, then both listeners
stop      both listeners (shared/serving.py), then the lifespans in reverse
"""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cache
from importlib import import_module
from typing import cast

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared import gauges, heap, metrics, refusals
from shared.app import VERSION, is_ready
from shared.clock import now
from shared.dispatch import Dispatcher, internal_prefix, kernel_prefixes, table_of
from shared.docs_page import docs_routes
from shared.edge import Edge
from shared.errors import NotFound
from shared.jobs import heartbeat
from shared.limits import Limiter
from shared.openapi import Document, merge
from shared.runtime import Runtime
from shared.serving import Server
from shared.settings import SERVICE_NAMES, Settings

log = structlog.get_logger()
INFO = {
    "title": "Throughline",
    "version": VERSION,
    "description": "The API-first backend of instructional leadership in school districts.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


def prefixes_of(names: tuple[str, ...] = SERVICE_NAMES) -> dict[str, tuple[str, ...]]:
    """Give the public path prefixes of each service; the gateway's routes are made from the same."""
    return {name: (*import_module(f"services.{name}").PREFIXES, *kernel_prefixes(name)) for name in names}


def create_apps(names: tuple[str, ...] = SERVICE_NAMES) -> dict[str, FastAPI]:
    return {name: import_module(f"services.{name}.app").create_app() for name in names}


def create_app() -> ASGIApp:
    """Give the public app with its lifespan, for any ASGI server."""
    return dispatcher(create_apps())


def dispatcher(apps: Mapping[str, FastAPI], *, internal: bool = False) -> Dispatcher:
    """Put the apps behind their public paths, and with `internal` behind those too that are for peers only."""
    owners = table_of(prefixes_of(tuple(apps)))
    placed = {prefix: apps[name] for prefix, name in owners.items()}
    return Dispatcher(placed | (by_internal_path(apps) if internal else {}), own_app(apps))


def private_dispatcher(apps: Mapping[str, FastAPI]) -> Dispatcher:
    return Dispatcher(by_internal_path(apps), nothing_here)


def by_internal_path(apps: Mapping[str, FastAPI]) -> dict[str, FastAPI]:
    return {internal_prefix(name): app for name, app in apps.items()}


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await refusals.answer(scope, NotFound())(scope, receive, send)


@asynccontextmanager
async def lifespans(apps: Mapping[str, FastAPI]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for app in apps.values():
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield


def document_of(apps: Mapping[str, FastAPI]) -> Document:
    return merge({name: app.openapi() for name, app in apps.items()}, info=INFO)


def own_app(apps: Mapping[str, FastAPI]) -> FastAPI:
    """Answer what belongs to no service, and every unknown path."""
    own = FastAPI(title="Throughline", lifespan=lambda _: lifespans(apps), openapi_url=None, redirect_slashes=False)
    refusals.install(own)
    # No limit is kept here; its fields on the answers are what every answer has.
    own.add_middleware(Edge, service="all", crash=refusals.crash, limiter=Limiter(None))
    document = cache(lambda: orjson.dumps(document_of(apps)))

    @own.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @own.get("/readyz")
    async def readyz() -> Response:
        parts = await readiness(apps)
        status = 503 if "not ready" in parts.values() else 200
        return Response(orjson.dumps(parts), status, media_type="application/json")

    @own.get("/openapi.json")
    async def openapi() -> Response:
        return Response(document(), media_type="application/json")

    @own.get("/metrics")
    async def read_metrics(request: Request) -> Response:
        await gauges.refresh([app.state.runtime for app in apps.values()])
        return await metrics.metrics_page(request)

    own.router.routes.extend(docs_routes("Throughline"))
    return own


async def readiness(apps: Mapping[str, FastAPI]) -> dict[str, str]:
    """Say of each service and of its worker whether it serves."""
    runtimes = {name: cast("Runtime", app.state.runtime) for name, app in apps.items()}
    moment = now()
    answers, lates = await asyncio.gather(
        asyncio.gather(*(is_ready(runtime) for runtime in runtimes.values())),
        asyncio.gather(*(gauges.behind_in_words(runtime, moment) for runtime in runtimes.values())),
    )
    parts = dict(zip(runtimes, answers, strict=True))
    for name, runtime in runtimes.items():
        parts[f"{name} worker"] = heartbeat.is_alive(runtime.settings.data_dir, name, moment)
    said = {name: "ready" if serves else "not ready" for name, serves in parts.items()}
    for late in lates:
        said |= late
    return said


class Listener(Server):
    """A server among several: the process handles the signals, once for all."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._listener = listener
        super().__init__(app, lifespan="off")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve_until(self, stop: asyncio.Event) -> None:
        serving = asyncio.create_task(self.serve([self._listener]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self.should_exit = True
        stop.set()
        stopping.cancel()
        await serving


async def serve(public: socket.socket, internal: socket.socket | None, settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    apps = create_apps()
    listeners = [Listener(dispatcher(apps), public)]
    if internal is not None:
        listeners.append(Listener(private_dispatcher(apps), internal))
    async with lifespans(apps):
        heap.settle()
        log.info("api_started", url=settings.public_url, docs=f"{settings.public_url}/docs")
        await asyncio.gather(*(listener.serve_until(stop) for listener in listeners))
    log.info("api_stopped")


def main() -> None:
    import uvloop

    from shared.clock import put_off
    from shared.local.environment import listen_address
    from shared.local.listening import INTERNAL, PUBLIC, inherited, listen_public
    from shared.logs import configure

    settings = Settings()
    put_off(settings.clock_offset)
    configure(settings.log_level, json=settings.log_json)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # it would tell of two servers what we tell once
    public = inherited(PUBLIC) or listen_public(*listen_address())
    uvloop.run(serve(public, inherited(INTERNAL), settings))


if __name__ == "__main__":
    main()
