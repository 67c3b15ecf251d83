"""From a request to a unit of work and back.

`reads` and `writes` make the permission types that a route asks for: one dependency does the token, the scope, the
acting person, the rate limit, the transaction and the Idempotency-Key. `UnitRoute` then commits when the response is
built and before it is sent, so that what was answered is what is kept; on an error or
a status of 400 and more it rolls back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from shared.access.copies import load_person
from shared.access.principals import ActingPerson, Principal
from shared.access.tokens import CHALLENGE, Claims
from shared.clock import now
from shared.database import OutdatedError
from shared.errors import (
    IMSX_RESPONSES,
    OAUTH_RESPONSES,
    PROBLEM_RESPONSES,
    FieldError,
    Forbidden,
    Invalid,
    Unauthenticated,
)
from shared.idempotency import Replay, claim, keep
from shared.limits import address_key
from shared.runtime import Runtime
from shared.short_way import short_way
from shared.tracing import identify
from shared.units import Unit, open_unit

UNIT = "throughline.unit"
PERSON_HEADER = "Throughline-Person"
PUBLIC: dict[str, Any] = {"security": []}
"""`openapi_extra` of a route that needs no token; a test refuses routes with neither this nor a permission."""

Requires = Callable[[Request], Awaitable[Unit]]
Handle = Callable[[Request], Coroutine[Any, Any, Response]]


def reads(*scopes: str, hot: bool = False, machines_only: bool = False) -> Requires:
    """Make the dependency of a reading permission type: any one of the scopes suffices."""
    return _requires(scopes, hot=hot, write=False, machines_only=machines_only)


def writes(*scopes: str, hot: bool = False, streamed: bool = False, machines_only: bool = False) -> Requires:
    """Make the dependency of a writing permission type. `streamed`: the route reads the body itself, piece by piece."""
    return _requires(scopes, hot=hot, write=True, streamed=streamed, machines_only=machines_only)


def _requires(
    scopes: tuple[str, ...], *, hot: bool, write: bool, streamed: bool = False, machines_only: bool = False
) -> Requires:
    async def require(request: Request) -> Unit:
        runtime = cast("Runtime", request.app.state.runtime)
        claims = await authenticate(request, runtime)
        if not claims.scopes.intersection(scopes):
            raise Forbidden(f"the token needs the scope {' or '.join(scopes)}", scopes=list(scopes))
        person = _person_of(request, claims)
        if person is not None and machines_only:
            raise Forbidden(f"no person may do this: ask as the client itself, without {PERSON_HEADER}")
        if streamed:
            await runtime.uploads.admit(f"uploads:{claims.client_id}")
        unit = await _open(request, runtime, claims, person, hot=hot)
        unit.ask_again = partial(_ask_again, request, runtime, claims, person)
        unit.may_write = write
        unit.if_match = request.headers.get("If-Match")
        unit.path = request.scope["path"]
        if write and request.method == "POST":
            await claim(unit, request, None if streamed else await request.body())
        return unit

    require.throughline_is_hot = hot  # type: ignore[attr-defined]  # read by shared/short_way.py
    require.throughline_scopes = scopes  # type: ignore[attr-defined]  # read by the OpenAPI document and the architecture tests
    return require


async def authenticate(request: Request, runtime: Runtime) -> Claims:
    try:
        claims = await runtime.verifier.verify(_token_of(request))
    except Unauthenticated:
        await runtime.limiter.admit(address_key(request.scope))  # who has no token is counted by address
        raise
    identify(district_id=claims.district_id, client_id=claims.client_id)
    await runtime.limiter.admit(claims.client_id, claims.requests_per_minute)
    return claims


def _token_of(request: Request) -> str:
    shown = request.headers.getlist("Authorization")
    scheme, _, token = shown[0].partition(" ") if len(shown) == 1 else ("", "", "")  # of two, which one is asking?
    return token.strip() if scheme.lower() == "bearer" else ""


async def _ask_again(request: Request, runtime: Runtime, claims: Claims, person_id: UUID | None) -> None:
    """Refuse who would be refused now: what waits asks this over and over, and so outlives no right."""
    await runtime.verifier.verify(_token_of(request))
    if person_id is not None:
        async with runtime.database.transaction(claims.district_id) as connection:
            _active(claims, await load_person(connection, runtime.service, claims.district_id, person_id))


_person = lru_cache(maxsize=1000)(UUID)  # the same people come with request after request


def _person_of(request: Request, claims: Claims) -> UUID | None:
    headers = request.headers.getlist(PERSON_HEADER)
    if not headers:
        return claims.person_id
    if claims.person_id is None and "act_as" not in claims.scopes:
        raise Forbidden("the token needs the scope act_as to act for a person", scopes=["act_as"])
    try:
        (header,) = headers  # a second one may be what somebody in between has put: neither is believed
        named = _person(header)
    except ValueError:
        raise Invalid(errors=[FieldError(f"#/header/{PERSON_HEADER}", "uuid", "must be one person's id")]) from None
    if claims.person_id not in {None, named}:
        raise Forbidden(f"the token acts for somebody else than {PERSON_HEADER} names")
    return named


async def _open(request: Request, runtime: Runtime, claims: Claims, person_id: UUID | None, *, hot: bool) -> Unit:
    """Open the unit of the client, and of the person for whom it acts. It is the request's from the first moment on."""
    who = Principal(claims.district_id, claims.client_id, claims.scopes)
    if person_id is None:
        unit = request.scope[UNIT] = await open_unit(runtime.database, who, hot=hot)
        return unit
    known = runtime.known_people.find(claims.district_id, person_id) if hot else None
    if known is not None:
        with suppress(OutdatedError):
            mine = replace(who, person=known.person)
            unit = request.scope[UNIT] = await open_unit(runtime.database, mine, hot=True, as_of=known.as_of)
            return unit
    unit = request.scope[UNIT] = await open_unit(runtime.database, who, hot=hot)
    load = runtime.known_people.look_up if hot else load_person
    person = await load(unit.connection, unit.schema, unit.district_id, person_id)
    unit.who = replace(who, person=_active(claims, person))
    return unit


def _active(claims: Claims, person: ActingPerson | None) -> ActingPerson:
    if person is None and claims.person_id is not None:
        raise Unauthenticated("the token acts for somebody who is not active in this district", headers=CHALLENGE)
    if person is None:
        raise Forbidden(f"{PERSON_HEADER} names nobody who is active in this district")
    return person


class UnitRoute(APIRoute):
    """A route whose unit commits when the response is built, whichever way the request came (shared/short_way.py)."""

    short_way: Handle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        way = short_way(self)
        self.short_way = _committed(way) if way else None

    def get_route_handler(self) -> Handle:
        return _committed(super().get_route_handler())


def _committed(handle: Callable[[Request], Awaitable[Response]]) -> Handle:
    async def run(request: Request) -> Response:
        try:
            response = await handle(request)
            unit = cast("Unit | None", request.scope.get(UNIT))
            if unit is not None:
                await _finish(unit, response)
        except Replay as replay:
            await _roll_back(request)
            return replay.response
        except BaseException:
            await _roll_back(request)
            raise
        return response

    return run


async def _finish(unit: Unit, response: Response) -> None:
    if unit.answer.status is not None:
        response.status_code = unit.answer.status
    if unit.answer.headers:
        response.headers.update(unit.answer.headers)
    if response.status_code >= 400:  # noqa: PLR2004
        await unit.rollback()
        return
    keep(unit, response)
    await unit.commit()


async def _roll_back(request: Request) -> None:
    unit = cast("Unit | None", request.scope.get(UNIT))
    if unit is not None:
        # A client that hung up cancels us; the connection still has to go back clean.
        await asyncio.shield(unit.rollback())


def resource_router(tag: str) -> APIRouter:
    """Make the router of a noun of our own API: commits at the edge, errors documented as problem+json."""
    return APIRouter(tags=[tag], route_class=UnitRoute, responses=PROBLEM_RESPONSES)


def oneroster_router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], route_class=UnitRoute, responses=IMSX_RESPONSES)


def oauth_router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], route_class=UnitRoute, responses=OAUTH_RESPONSES)


def moment(
    unit: Unit,
    given: Any,
    *,
    name: str = "at",
    leeway: timedelta = timedelta(minutes=5),
    after: Iterable[datetime | None] = (),
) -> Any:
    """Take a client's time only under the scope `backfill`; otherwise the server's clock decides.

    Never for a time before `after`, which is when happened what this follows from: of two servers one's clock is
    behind, and the caller who is told so can do nothing about it.
    """
    if given is None:
        return max([unit.now, *(at for at in after if at is not None)])
    if "backfill" not in unit.who.scopes:
        raise Forbidden("setting a past time needs the scope backfill", scopes=["backfill"])
    if given > now() + leeway:
        raise Invalid(errors=[FieldError(f"#/{name}", "future", "must not lie in the future")])
    unit.source = "backfill"
    return given


def created(model: type[Any]) -> dict[int | str, dict[str, Any]]:
    """Document the 201 of a PUT that makes a new row."""
    return {201: {"model": model, "description": "Created"}}
