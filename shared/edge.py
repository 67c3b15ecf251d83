"""The one middleware: what every request gets, whatever it asks for, its failures included.

A request id and a trace, RateLimit fields on the answer, one observation in the metrics, one line in the log, a span if
a collector is set. Plain ASGI: one layer of BaseHTTPMiddleware costs more than all of this together.
"""

import asyncio
from collections.abc import Callable
from http import HTTPMethod
from time import perf_counter, time_ns
from typing import TYPE_CHECKING

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics, stopping, tracing
from shared.limits import Limiter, address_key
from shared.tracing import Trail

if TYPE_CHECKING:
    from shared.spans import Spans

log = structlog.get_logger("access")

Crash = Callable[[Scope, BaseException], Response]
_METHODS = frozenset(method.value for method in HTTPMethod)
_CLIENT_LEFT = 499  # nginx's number: the caller was gone before there was an answer
_SERVER_ERROR = 500


class Edge:
    """`crash` makes the answer to an exception that nobody caught, and to a request that a stop has cut off."""

    def __init__(
        self, app: ASGIApp, *, service: str, crash: Crash, limiter: Limiter, spans: "Spans | None" = None
    ) -> None:
        self._app = app
        self._service = service
        self._crash = crash
        self._limiter = limiter
        self._spans = spans
        self._in_flight = metrics.in_flight(service)
        self._durations: dict[tuple[str, int], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trail = _begin(scope)
        token = tracing.enter(trail)
        status = 0
        started = perf_counter()

        async def send_with_fields(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                standing = trail.headers or self._limiter.standing(address_key(scope)).headers
                own = (b"x-request-id", trail.request_id.encode())
                # A new list: the answer's own may belong to a response that is kept and sent again.
                message["headers"] = [*message["headers"], own, *standing]
            await send(message)

        self._in_flight.count += 1
        try:
            await self._app(scope, receive, send_with_fields)
        except asyncio.CancelledError as cut_off:
            if status or not stopping.has_begun():
                raise
            await self._answer(cut_off, scope, receive, send_with_fields)
        except ClientDisconnect:
            pass  # gone in mid-request: nobody hears an answer
        except Exception as error:
            if status:  # half an answer is out; only the server can cut the connection
                log.exception("request.crashed")
                raise
            await self._answer(error, scope, receive, send_with_fields)
        finally:
            self._in_flight.count -= 1
            self._note(scope, trail, status or _CLIENT_LEFT, perf_counter() - started)
            tracing.leave(token)

    async def _answer(self, error: BaseException, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._crash(scope, error)
        _say_why(answer.status_code, error)
        await answer(scope, receive, send)

    def _note(self, scope: Scope, trail: Trail, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = _template(scope)
        operation = f"{method} {route}"
        note = self._durations.get((operation, status))
        if note is None:
            note = metrics.duration_of(self._service, operation, str(status))
            self._durations[operation, status] = note
        note(seconds)
        is_fault = status >= _SERVER_ERROR and scope["path"] != "/readyz"  # whose 503 is an answer: not yet
        say = log.error if is_fault else log.info
        say("request", service=self._service, operation=operation, status=status, ms=round(seconds * 1000, 2))
        if self._spans:
            ended = time_ns()
            self._spans.request(trail, method, route, status, ended - int(seconds * 1e9), ended)


def _say_why(status: int, error: BaseException) -> None:
    """Note why a request has no answer of its own: a mistake of ours with its traceback, a store's refusal by name.

    Never what the store said of it, which quotes the row.
    """
    if status == _SERVER_ERROR:
        log.error("request.crashed", exc_info=error)
        return
    say = log.warning if status > _SERVER_ERROR else log.info
    said = getattr(error, "orig", None) or error
    say("request.refused", status=status, error=type(said).__name__, state=getattr(said, "sqlstate", None))


def _begin(scope: Scope) -> Trail:
    traceparent = request_id = None
    for name, value in scope["headers"]:
        if name == b"traceparent":
            traceparent = value.decode("latin-1")
        elif name == b"x-request-id":
            request_id = value.decode("latin-1")
    return tracing.begin(traceparent, request_id)


def _template(scope: Scope) -> str:
    """Name what was asked for by its route, never by its path, which holds ids and has no end of values."""
    if (route := scope.get("route")) is not None:
        return str(getattr(route, "path", "unmatched"))
    endpoint = scope.get("endpoint")  # Starlette's own routes in a FastAPI app leave no more than this
    return getattr(endpoint, "__name__", "unmatched")
