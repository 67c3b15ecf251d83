"""The discovery documents: what is offered here, as OpenAPI with this server's own addresses, tokens and scopes.

Made out of the document of the running service, so nothing is in them that is not really served. Where the standard
has a name for an operation it stands there, not ours.
"""

import re
from copy import deepcopy
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from orjson import dumps

from services.districts.oneroster.objects import schemas
from services.districts.oneroster.presenting import Presentation, settings_of
from shared.access.scopes import SCOPES
from shared.document import TOKEN_PATH
from shared.openapi import Document
from shared.routing import PUBLIC

_REFERENCE = "#/components/schemas/"
_SINGULAR = {"classes": "class", "categories": "category", "demographics": "demographics"}


def add_discovery(to: APIRouter, shown: Presentation, title: str, *names: str) -> None:
    """Serve the document under each of the names that consumers look for."""

    async def read_discovery(request: Request) -> Response:
        return Response(_document_of(request, shown, title), media_type="application/json")

    for number, name in enumerate(names):
        to.add_api_route(
            f"{shown.prefix}/discovery/{name}", read_discovery, response_class=Response, openapi_extra=PUBLIC,
            summary=f"What {title} offers here", operation_id=f"{shown.operation_prefix}discovery_{number}",
            responses={200: {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}},
        )  # fmt: skip


def _document_of(request: Request, shown: Presentation, title: str) -> bytes:
    public = settings_of(request).public_url.rstrip("/")
    return dumps(localised(request.app.openapi(), shown, title, public))


def localised(document: Document, shown: Presentation, title: str, public: str) -> Document:
    """Cut the service's own document down to this part of it, with absolute addresses."""
    start = f"{shown.prefix}/"
    paths = {
        path.removeprefix(shown.prefix): {method: _operation(shown, path, method, item[method]) for method in item}
        for path, item in document["paths"].items()
        if path.startswith(start) and "/discovery/" not in path
    }
    scopes = {s for item in paths.values() for o in item.values() for need in o["security"] for s in need["oauth2"]}
    known: Document = document["components"]["schemas"] | schemas(
        shown.objects, strict=True, prefix=shown.schema_prefix
    )
    flow = {"tokenUrl": public + TOKEN_PATH, "scopes": {scope: SCOPES[scope] for scope in sorted(scopes)}}
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": document["info"]["version"]},
        "servers": [{"url": public + shown.prefix}],
        "paths": paths,
        "components": {
            "schemas": _needed(paths, known),
            "headers": document["components"]["headers"],
            "securitySchemes": {"oauth2": {"type": "oauth2", "flows": {"clientCredentials": flow}}},
        },
    }


def _operation(shown: Presentation, path: str, method: str, said: Document) -> Document:
    operation = deepcopy(said)
    operation["operationId"] = operation_id(path.removeprefix(f"{shown.prefix}/"), method, shown.between)
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])
    return operation


def _without_null(schema: Document) -> Document:
    """Write an optional parameter as OpenAPI 3.0 does: not required, rather than null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | kinds[0] if kinds else schema


def operation_id(path: str, method: str, between: str = "In") -> str:
    """Give the standard's name: getAllUsers, getUser, getClassesForSchool, getStudentsForClassInSchool."""
    parts = re.sub(r"/{\w+}", "/{}", path).split("/")
    named = [part for part in parts if part != "{}"]
    verb, last = method, named[-1]
    if parts[-1] == "{}":
        return verb + _capital(_one(last))
    if len(named) == 1:
        return f"{verb}All{_capital(last)}"
    above = between.join(_capital(_one(parent)) for parent in reversed(named[:-1]))
    return f"{verb}{_capital(last)}For{above}"


def _one(name: str) -> str:
    return _SINGULAR.get(name, name.removesuffix("s"))


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _needed(found: Any, known: Document) -> Document:
    """Give the schemas that are referred to, and those that they refer to."""
    needed: Document = {}
    rest = _names(found)
    while rest:
        name = rest.pop()
        if name not in needed:
            needed[name] = known[name]
            rest |= _names(known[name])
    return dict(sorted(needed.items()))


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = cast("str", value.get("$ref", ""))
        inner = {name for member in value.values() for name in _names(member)}
        return inner | ({own.removeprefix(_REFERENCE)} if own.startswith(_REFERENCE) else set())
    return {name for item in value for name in _names(item)} if isinstance(value, list) else set()
