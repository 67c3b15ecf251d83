"""The OpenAPI document of a service, made true: what operations take and answer beyond their signatures."""

from collections.abc import Iterator
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from shared.access.scopes import SCOPES
from shared.errors import REFUSALS

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address
STANDARDS = ("/ims/", "/oauth2/", "/.well-known/")
_HEADERS = {
    "ETag": {"description": "The version of what is answered.", "schema": {"type": "string"}},
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of the client's window.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The client's window.", "schema": {"type": "string"}},
}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "ThroughlinePerson": {
        "name": "Throughline-Person", "in": "header", "required": False, "schema": {"type": "string", "format": "uuid"},
        "description": "The person for whom the client acts (scope act_as); rights are the intersection of both.",
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key", "in": "header", "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21\x23-\x7e]+$"},
        "description": "The same key and body gives the stored answer again for 24 hours.",
    },
    "IfMatch": {
        "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
        "description": "The ETag of the version that you change; without it 428, stale 412.",
    },
}  # fmt: skip


def routes_of(app: FastAPI) -> list[APIRoute]:
    """Give every route. `app.routes` alone holds included routers as wholes."""
    originals = (context.original_route for context in iter_route_contexts(app.routes))
    return [route for route in originals if isinstance(route, APIRoute)]


def scopes_of(route: APIRoute) -> tuple[str, ...] | None:
    """Give the scopes of the route's permission type, or None if it has none."""
    for call in calls_of(route.dependant):
        scopes = getattr(call, "throughline_scopes", None)
        if scopes is not None:
            return tuple(scopes)
    return None


def calls_of(dependant: Dependant) -> Iterator[Any]:
    """Give what is called to make the arguments, at any depth: a loaded row stands on a permission of its own."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from calls_of(dependency)


def install(app: FastAPI) -> None:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _named(_document(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for start, model in REFUSALS.items():
        if any(path.startswith(start) for path in document["paths"]):
            shape = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
            schemas |= shape.pop("$defs", {}) | {model.__name__: shape}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["parameters"] = _PARAMETERS
    components["headers"] = _HEADERS
    components["securitySchemes"] = {
        "oauth2": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": SCOPES}}}
    }
    for route in routes_of(app):
        if route.include_in_schema:
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                _never_null(operation)
                _complete(route, method, operation)
                _hoist(operation, schemas)
    return document


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """Name by its noun what several nouns have by one name.

    FastAPI names it by the module where its class lies, which is nobody's business and may move.
    """
    text, schemas = orjson.dumps(document).decode(), document["components"]["schemas"]
    for name in sorted(schemas, key=len, reverse=True):  # one may begin as another one is called
        if name.startswith(("services__", "shared__")):
            *path, last = name.split("__")
            noun = path[-2] if path[0] == "services" else path[-1]
            short = "".join(part.capitalize() for part in noun.split("_")) + last
            if short in schemas:
                raise ValueError(f"{name} would be called {short}, as something else is: give it another name")
            text = text.replace(name, short)
    renamed: dict[str, Any] = orjson.loads(text)
    return renamed


def _never_null(operation: dict[str, Any]) -> None:
    """Take `null` out of what a parameter may be: an absent one is left out, and no query string spells null."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
        if len(kinds) == 1:
            del schema["anyOf"]
            parameter["schema"] = kinds[0] | schema
        elif kinds:
            schema["anyOf"] = kinds


def _hoist(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Move the definitions of a body that a route reads or writes by itself to the document's own."""
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for media in (media for body in bodies for media in body.get("content", {}).values() if "schema" in media):
        for name, schema in media["schema"].pop("$defs", {}).items():
            schemas.setdefault(name, schema)


def _complete(route: APIRoute, method: str, operation: dict[str, Any]) -> None:
    scopes = scopes_of(route)
    if scopes:
        operation["security"] = [{"oauth2": [scope]} for scope in scopes]
    for response in operation["responses"].values():
        response.setdefault("headers", {}).update(
            {
                name: {"$ref": f"#/components/headers/{name}"}
                for name in ("X-Request-Id", "RateLimit", "RateLimit-Policy")
            }
        )
    if route.path.startswith(STANDARDS) or not scopes:
        return
    names = ["ThroughlinePerson"]
    if method == "POST":
        names.append("IdempotencyKey")
    if method in {"PUT", "PATCH"} or (method == "POST" and "{" in route.path):
        names.append("IfMatch")
    operation.setdefault("parameters", []).extend({"$ref": f"#/components/parameters/{name}"} for name in names)
