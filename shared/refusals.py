"""Turn what was raised into an answer that a client can act on. Bad input is never a 500, and never half-written."""

import asyncio
import re
from typing import Any, cast

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from shared import document
from shared.errors import (
    BY_STATUS,
    AppError,
    BadRequest,
    Conflict,
    FieldError,
    Invalid,
    MethodNotAllowed,
    Unavailable,
    UnsupportedMedia,
    render,
)
from shared.json_body import fault_of

log = structlog.get_logger(__name__)
AGAIN = {"Retry-After": "1"}
_STORAGE = {"md.c", "fd.c", "buffile.c", "xlog.c"}  # where PostgreSQL writes to files
_PARTS = {"query": "#/query", "path": "#/path", "header": "#/header", "body": "#"}


def answer(scope: Scope, error: AppError) -> Response:
    body, media_type = render(scope["path"], error)
    return Response(body, error.status, headers=error.headers, media_type=media_type)


def crash(scope: Scope, error: BaseException) -> Response:
    """The last resort. A store that went away is said as such; everything else is our fault and stays unexplained."""
    if isinstance(error, asyncio.CancelledError):
        return answer(scope, Unavailable("this server is stopping; ask again", headers=AGAIN))
    return answer(scope, from_store(error) or AppError())


def from_store(error: BaseException) -> AppError | None:
    """Read PostgreSQL's refusal: what it means to the caller, or None when it means a mistake of ours."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return Unavailable("the database does not answer", headers=AGAIN)
        driver = error.orig or error  # SQLAlchemy wraps its driver's error, which wraps asyncpg's
        error = driver.__cause__ or driver
    if isinstance(error, asyncpg.PostgresError):
        return _from_state(error.sqlstate or "", error)
    if isinstance(error, asyncpg.DataError | OverflowError):
        return Invalid("a value is out of the range that can be stored")
    if isinstance(
        error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError | PoolTimeoutError | TimeoutError
    ):
        return Unavailable("the database does not answer", headers=AGAIN)
    return None


def _from_state(state: str, error: BaseException) -> AppError | None:
    if state == "23505":
        return Conflict("another row has this id or key already")
    if state in {"23503", "23514", "23502"} or state.startswith("22"):
        return Invalid("a value cannot be stored, or refers to nothing")
    if state == "23P01":
        return Conflict("something of the same holds in that time already")
    if state in {"40001", "40P01", "55P03", "57014"}:
        return Unavailable("somebody else was changing the same; try again", headers=AGAIN)
    if state.startswith(("08", "53")) or state in {"57P01", "57P02", "57P03", "58030"}:
        return Unavailable("the database does not answer", headers=AGAIN)
    # A quota, or a largest size of files, has no state of its own.
    if state == "XX000" and getattr(error, "server_source_filename", "") in _STORAGE:
        return Unavailable("the database does not answer", headers=AGAIN)
    log.error("store.refused", state=state, error=type(error).__name__)
    return None


def install(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


async def _app_error(request: Request, error: Exception) -> Response:
    return answer(request.scope, cast("AppError", error))


async def _validation_error(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    fields = [_field(e) for e in found]
    standard = request.url.path.startswith(("/ims/", "/oauth2/"))
    if any(e["loc"][:1] == ("path",) for e in found) and (methods := _methods_of_literal(request)):
        return answer(request.scope, MethodNotAllowed(headers={"Allow": ", ".join(sorted(methods))}))
    if not standard and _wrong_media(request, found):
        return answer(request.scope, UnsupportedMedia("send application/json"))
    kind = BadRequest if standard else Invalid
    return answer(request.scope, kind(errors=fields))


def _methods_of_literal(request: Request) -> set[str]:
    """Give the methods of the routes at exactly this path: /v1/x/batch names no x, though /v1/x/{id} matches it."""
    exact = (route for route in document.routes_of(request.app) if route.path == request.url.path)
    return {method for route in exact for method in route.methods or ()}


def _wrong_media(request: Request, found: Any) -> bool:
    """FastAPI hands a body of an unknown type on as bytes, which then fits no model."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = re.fullmatch(r"application/([\w.+-]+\+)?json", media) is not None
    return not is_json and any(tuple(e["loc"]) == ("body",) and e["type"] != "missing" for e in found)


def _field(error: Any) -> FieldError:
    part, *rest = error["loc"] or ("body",)
    if error["type"] == "json_invalid":
        rest = []  # a place in the text, which points at no member
    return fault_of(_PARTS.get(str(part), "#"), rest, error)


async def _http_exception(request: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    status = found.status_code
    if status == 400 and not request.url.path.startswith(("/ims/", "/oauth2/")):  # noqa: PLR2004 - bad UTF-8, deep nesting
        status = 422
    kind = BY_STATUS.get(status)
    if kind is None:
        return answer(request.scope, AppError())
    headers = dict(found.headers or {})
    if status == 405:  # noqa: PLR2004
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    detail = "" if status in {404, 405} else str(found.detail)
    return answer(request.scope, kind(detail, headers=headers))


def _methods(request: Request) -> set[str]:
    """Collect the methods of every route at this path; Starlette names only those of the first that matches."""
    scope = dict(request.scope)
    methods: set[str] = set()
    for route in document.routes_of(request.app):
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            methods |= route.methods or set()
    return methods
