"""Paths with a sourcedId in them, which may hold a slash: `a/b`, sent as `a%2Fb`.

A server hands the path on decoded, where nobody can tell that slash from one that parts the path. Where there is such
an escape the path is matched as it was sent, and the ids are decoded after that.
"""

from typing import Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from starlette.routing import Match
from starlette.types import Scope

from services.districts.oneroster.collections import Collection
from shared.errors import IMSX_RESPONSES
from shared.routing import UnitRoute


class SourcedIdRoute(UnitRoute):
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        sent: bytes = scope.get("raw_path") or b""
        if scope["type"] != "http" or b"%2f" not in sent.lower():
            return super().matches(scope)
        path = sent.decode("latin-1")
        match, found = super().matches({**scope, "path": path, "root_path": ""})
        if match is not Match.NONE:
            found["path_params"] = {name: unquote(value) for name, value in found["path_params"].items()}
        return match, found


def sourced_id_router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], route_class=SourcedIdRoute, responses=IMSX_RESPONSES)


def template(collection: Collection, *, slashes: bool) -> str:
    """Give the path as a route's: an id takes whatever is there, bare slashes too if they are wanted."""
    path = collection.path
    for name in collection.parents if slashes else ():
        path = path.replace(f"{{{name}}}", f"{{{name}:path}}")
    return path


def parents_of(request: Request, collection: Collection) -> tuple[str, ...]:
    """Give the parents' ids. One with NUL is nobody's, and PostgreSQL cannot even look for it."""
    ids = (str(request.path_params[name]) for name in collection.parents)
    return tuple("" if "\x00" in sourced_id else sourced_id for sourced_id in ids)


def address(collection: Collection, within: tuple[str, ...]) -> str:
    """Give the path with the parents' ids in it, encoded."""
    return collection.path.format(**dict(zip(collection.parents, (quote(i, safe="") for i in within), strict=True)))


def documented(collection: Collection) -> dict[str, Any]:
    """Describe the parents' ids; the handler reads them from the request."""
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in collection.parents
        ]
    }
