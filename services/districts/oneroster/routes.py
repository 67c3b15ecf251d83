"""OneRoster 1.2 rostering, as a provider: collections and single objects, read only, in the standard's own tongue."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.districts.auth import CanReadOneRoster
from services.districts.oneroster.collections import COLLECTIONS, Collection
from services.districts.oneroster.errors import InvalidSelection
from services.districts.oneroster.grammar import fields_pattern, filter_pattern
from services.districts.oneroster.pages import Asked, Memory, envelope, links, read_one, read_page
from shared.errors import NotFound
from shared.routing import oneroster_router
from shared.runtime import Runtime

PREFIX = "/ims/oneroster/rostering/v1p2"
LARGEST_PAGE = 10_000  # what consumers are known to ask for; they count on getting as many
_OWN = frozenset({"limit", "offset", "after"})
_MEMORY = Memory()

router = oneroster_router("OneRoster")

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]


def _base(request: Request) -> str:
    return cast("Runtime", request.app.state.runtime).settings.public_url.rstrip("/") + PREFIX


def _selection(collection: Collection, fields: str | None) -> frozenset[str] | None:
    if fields is None:
        return None
    names = frozenset(name.strip() for name in fields.split(","))
    if unknown := names.difference(collection.selectable):
        raise InvalidSelection(f"{collection.one} has no {', '.join(sorted(unknown))[:200] or 'such field'}")
    return names


def _selected(body: bytes, names: frozenset[str] | None) -> bytes:
    """Keep the members that were asked for, of documents parted by commas."""
    if names is None:
        return body
    documents = [
        {name: value for name, value in row.items() if name in names} for row in orjson.loads(b"[" + body + b"]")
    ]
    return orjson.dumps(documents)[1:-1]


def _answer(content: bytes, total: int, **headers: str) -> Response:
    return Response(content, media_type="application/json", headers={"X-Total-Count": str(total), **headers})


def _lister(collection: Collection) -> Callable[..., Awaitable[Response]]:
    fields_schema, filter_schema = {"pattern": fields_pattern(collection)}, {"pattern": filter_pattern(collection)}

    async def read_collection(
        request: Request,
        unit: CanReadOneRoster,
        limit: Limit = 100,
        offset: Offset = 0,
        sort: Annotated[str | None, Query(max_length=100)] = None,
        orderBy: Annotated[str, Query(pattern="^(asc|desc)$")] = "asc",  # noqa: N803 - the standard's casing
        filter: Annotated[str | None, Query(json_schema_extra=filter_schema)] = None,  # noqa: A002 - the standard's
        fields: Annotated[str | None, Query(json_schema_extra=fields_schema)] = None,
        after: Annotated[UUID | None, Query(description="from a Link; never made up")] = None,
    ) -> Response:
        names = _selection(collection, fields)
        asked = Asked(limit, offset, after, sort, orderBy == "desc", filter)
        found = await read_page(unit, _MEMORY, collection, asked)
        unit.audit("oneroster.read", collection.path, count=found.count, offset=offset, filter=filter)
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _OWN]
        base = _base(request)
        content = envelope(collection.many, _selected(found.body, names), base, many=True)
        return _answer(content, found.total, Link=links(base, collection, asked, found, kept))

    return read_collection


def _reader(collection: Collection) -> Callable[..., Awaitable[Response]]:
    fields_schema = {"pattern": fields_pattern(collection)}

    async def read_object(
        request: Request,
        sourcedId: str,  # noqa: N803 - the standard's casing
        unit: CanReadOneRoster,
        fields: Annotated[str | None, Query(json_schema_extra=fields_schema)] = None,
    ) -> Response:
        names = _selection(collection, fields)
        body = await read_one(unit, collection, sourcedId) if "\x00" not in sourcedId else None
        if body is None:
            raise NotFound(f"there is no {collection.one} {sourcedId[:255]!r}")
        unit.audit("oneroster.read", collection.path, sourced_id=sourcedId)
        return _answer(envelope(collection.one, _selected(body, names), _base(request), many=False), 1)

    return read_object


def _schema(name: str, *, many: bool) -> dict[int | str, dict[str, Any]]:
    one = {
        "type": "object",
        "properties": {
            "sourcedId": {"type": "string"},
            "status": {"enum": ["active", "tobedeleted"]},
            "dateLastModified": {"type": "string", "format": "date-time"},
        },
    }
    content = {"type": "array", "items": one} if many else one
    schema = {"type": "object", "required": [name], "properties": {name: content}}
    headers: dict[str, Any] = {"X-Total-Count": {"schema": {"type": "integer"}, "description": "matches before paging"}}
    if many:
        headers["Link"] = {"schema": {"type": "string"}, "description": "first, prev, next, last (RFC 8288)"}
    return {200: {"description": "OK", "content": {"application/json": {"schema": schema}}, "headers": headers}}


def _add(to: APIRouter, collection: Collection) -> None:
    path, name = f"{PREFIX}/{collection.path}", collection.path
    to.add_api_route(
        path, _lister(collection), response_class=Response, responses=_schema(collection.many, many=True),
        summary=f"Read a page of {name}", operation_id=f"oneroster_{name}",
    )  # fmt: skip
    # An id may hold a slash, which arrives decoded.
    to.add_api_route(
        path + "/{sourcedId:path}", _reader(collection), response_class=Response,
        responses=_schema(collection.one, many=False), summary=f"Read one of {name}",
        operation_id=f"oneroster_{name}_by_id",
    )  # fmt: skip


for _collection in COLLECTIONS.values():
    _add(router, _collection)
