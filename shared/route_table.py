"""Finding the route of a request by the literal head of its path, in place of asking one route after the other.

A service has up to a hundred routes; asked in turn, the last of them costs more than reading a page from PostgreSQL.
A hot operation is answered from here (shared/short_way.py); all else goes the way that FastAPI lays.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from shared.errors import AppError

_FOUND = "throughline.route"


class RouteTable:
    """Stands before a router's own search, which still has the last word on what nothing here matches: 404, 405.

    `handlers` are the app's own, by what was raised; they answer for both ways.
    """

    def __init__(self, router: APIRouter, handlers: Mapping[Any, Any]) -> None:
        self._router = router
        self._handlers = {kind: handlers[kind] for kind in (AppError, RequestValidationError, HTTPException)}
        self._fastapis_way = ExceptionMiddleware(AsyncExitStackMiddleware(self._handle), handlers)
        self._by_head: dict[str, list[APIRoute]] = {}
        for route in router.routes:
            if isinstance(route, APIRoute):
                head = route.path.partition("{")[0].rstrip("/")
                self._by_head.setdefault(head, []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._fastapis_way(scope, receive, send)
            return
        route, of_route = found
        scope.update(of_route)
        if (way := getattr(route, "short_way", None)) is None:
            scope[_FOUND] = route
            await self._fastapis_way(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await way(request)
        except (AppError, RequestValidationError, HTTPException) as error:
            response = await self._answer(request, error)
        await response(scope, receive, send)

    async def _answer(self, request: Request, error: Exception) -> Any:
        answer = next(handler for kind, handler in self._handlers.items() if isinstance(error, kind))
        return await answer(request, error)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        found: APIRoute | None = scope.get(_FOUND)
        await (found.handle if found else self._router)(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[APIRoute, Scope] | None:
        """Try the longest head first, so that /v1/x/batch is found before /v1/x/{id}."""
        head = scope["path"]
        while head:
            for route in self._by_head.get(head, ()):
                match, of_route = route.matches(scope)
                if match is Match.FULL:
                    return route, of_route
            head = head.rpartition("/")[0]
        return None
