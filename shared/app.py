"""Make a service's FastAPI app: the kernel's routes, errors and document around the service's own routers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp

from shared import document, gauges, metrics, refusals
from shared.access.explaining import explaining_router
from shared.audit.for_peers import audit_router_for_peers
from shared.audit.routes import audit_router
from shared.body_limit import BodyLimit
from shared.clock import now
from shared.docs_page import docs_routes
from shared.edge import Edge
from shared.feed.routes import feed_router
from shared.jobs.routes import jobs_router
from shared.jobs.telling import NOBODY, Tells
from shared.peers import Peers
from shared.route_table import RouteTable
from shared.routing import PUBLIC
from shared.runtime import Runtime, limiter_of, spans_of
from shared.settings import Settings

VERSION = "0.1.0"


def service_app(
    service: str, settings: Settings, routers: Sequence[APIRouter], *, description: str, peers: Peers | None = None,
    tells: Tells = NOBODY,
) -> FastAPI:  # fmt: skip
    """Make the app of one service. `peers` (tests) replaces the clients made from the settings."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # What requests hold is on app.state: an in-process transport passes no lifespan state on.
        runtime = await Runtime.open(service, settings, peers)
        app.state.runtime = runtime
        try:
            yield
        finally:
            await runtime.close()

    app = FastAPI(
        title=f"Throughline: {service}", description=description, version=VERSION, lifespan=lifespan, docs_url=None,
        redoc_url=None, redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the edge does that
    )  # fmt: skip
    refusals.install(app)
    kernel = (audit_router, audit_router_for_peers, feed_router, explaining_router, health_router)
    for router in (*routers, jobs_router(service, tells), *(make(service) for make in kernel)):
        app.router.routes.extend(router.routes)  # `include_router` would keep them nested, which is slow to search
    app.router.routes.extend(docs_routes(app.title))
    document.install(app)
    app.middleware_stack = _layers(app, service, settings)
    return app


def _layers(app: FastAPI, service: str, settings: Settings) -> ASGIApp:
    """Give all that lies around the routes. FastAPI would put four more, which are for what nobody uses here."""
    return Edge(
        BodyLimit(RouteTable(app.router, app.exception_handlers), settings.max_body_bytes),
        service=service,
        crash=refusals.crash,
        limiter=limiter_of(settings.redis_url, settings.requests_per_minute),
        spans=spans_of(service, settings.otel_endpoint),
    )


def health_router(service: str) -> APIRouter:
    """Liveness at once; readiness when the database answers, with whom the service follows late.

    In no document: the all-in-one has its own.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz", openapi_extra=PUBLIC)
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "service": service}

    @router.get("/readyz", openapi_extra=PUBLIC)
    async def readyz(request: Request) -> Response:
        runtime = cast("Runtime", request.app.state.runtime)
        ready, late = await asyncio.gather(is_ready(runtime), gauges.behind_in_words(runtime, now()))
        said = {service: "ready" if ready else "not ready"} | late
        return Response(orjson.dumps(said), 200 if ready else 503, media_type="application/json")

    @router.get("/metrics", openapi_extra=PUBLIC)
    async def read_metrics(request: Request) -> Response:
        await gauges.refresh([request.app.state.runtime])
        return await metrics.metrics_page(request)

    return router


async def is_ready(runtime: Runtime) -> bool:
    """Say whether the service can answer: its tables are there and PostgreSQL answers as the application role."""
    try:
        async with asyncio.timeout(2):
            await runtime.database.pool.fetchval(f"select count(*) from {runtime.service}.feed_cursors")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return False
    return True
