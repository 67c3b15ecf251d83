"""The two kinds of read, made for each collection: a page of it, and one of its objects."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.districts.oneroster.collections import Collection
from services.districts.oneroster.filters import fields_in
from services.districts.oneroster.grammar import filter_pattern
from services.districts.oneroster.objects import envelope as envelope_schema
from services.districts.oneroster.objects import schemas
from services.districts.oneroster.pages import Asked, check_parents, envelope, links, read_one, read_page
from services.districts.oneroster.paths import documented, parents_of, template
from services.districts.oneroster.places import Memory
from services.districts.oneroster.presenting import Presentation, settings_of
from shared.errors import NotFound
from shared.units import Unit

LARGEST_PAGE = 10_000  # what consumers are known to ask for; they count on getting as many
_OWN = frozenset({"limit", "offset", "after"})
_MEMORY = Memory()

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]
Handler = Callable[..., Awaitable[Response]]


def answer(content: bytes, total: int, **headers: str) -> Response:
    return Response(content, media_type="application/json", headers={"X-Total-Count": str(total), **headers})


async def one_of(
    request: Request, unit: Unit, shown: Presentation, collection: Collection, sourced_id: str,
    names: frozenset[str] | None = None,
) -> bytes:  # fmt: skip
    body = await read_one(unit, collection, sourced_id) if "\x00" not in sourced_id else None
    if body is None:
        raise NotFound(f"there is no {collection.one} {sourced_id[:255]!r}")
    return envelope(
        collection.one, shown.show(collection, shown.addressed(settings_of(request), body), names), many=False
    )


def page_of(shown: Presentation, collection: Collection, permission: Any) -> Handler:
    fields_schema = {"pattern": shown.fields_pattern(collection)}
    filter_schema = {"pattern": filter_pattern(collection)}

    async def read_collection(
        request: Request,
        unit: permission,
        limit: Limit = 100,
        offset: Offset = 0,
        sort: Annotated[str | None, Query(max_length=100)] = None,
        orderBy: Annotated[str, Query(pattern="^(asc|desc)$")] = "asc",  # noqa: N803 - the standard's casing
        filter: Annotated[str | None, Query(json_schema_extra=filter_schema)] = None,  # noqa: A002 - the standard's
        fields: Annotated[str | None, Query(json_schema_extra=fields_schema)] = None,
        after: Annotated[UUID | None, Query(description="from a Link; never made up")] = None,
    ) -> Response:
        settings, names = settings_of(request), shown.selection(collection, fields)
        within = parents_of(request, collection)
        asked = Asked(limit, offset, after, sort, orderBy == "desc", filter, within)
        found = await read_page(unit, _MEMORY, collection, asked, settings.oneroster_query_seconds)
        filtered_by = fields_in(filter)
        unit.audit(
            "oneroster.listed", collection.path, count=found.count, offset=offset, filter=filtered_by, within=within
        )
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _OWN]
        if not found.total:
            await check_parents(unit, collection, within)
        body = shown.show(collection, shown.addressed(settings, found.body), names)
        content = envelope(collection.many, body, many=True)
        return answer(content, found.total, Link=links(shown.base(settings), collection, asked, found, kept))

    return read_collection


def object_of(shown: Presentation, collection: Collection, permission: Any) -> Handler:
    fields_schema = {"pattern": shown.fields_pattern(collection)}

    async def read_object(
        request: Request,
        sourcedId: str,  # noqa: N803 - the standard's casing
        unit: permission,
        fields: Annotated[str | None, Query(json_schema_extra=fields_schema)] = None,
    ) -> Response:
        names = shown.selection(collection, fields)
        content = await one_of(request, unit, shown, collection, sourcedId, names)
        unit.audit("oneroster.viewed", collection.path, sourced_id=sourcedId)
        return answer(content, 1)

    return read_object


def described(shown: Presentation, collection: Collection, *, many: bool) -> dict[int | str, dict[str, Any]]:
    name = collection.many if many else collection.one
    schema = envelope_schema(name, collection.one, many=many, prefix=shown.schema_prefix)
    schema["$defs"] = schemas(shown.objects, strict=False, prefix=shown.schema_prefix)
    headers: dict[str, Any] = {"X-Total-Count": {"schema": {"type": "integer"}, "description": "matches before paging"}}
    if many:
        headers["Link"] = {"schema": {"type": "string"}, "description": "first, prev, next, last (RFC 8288)"}
    return {200: {"description": "OK", "content": {"application/json": {"schema": schema}}, "headers": headers}}


def add_page(to: APIRouter, shown: Presentation, collection: Collection, permission: Any, operation: str) -> None:
    """Add a read of many; `operation` ends its name in our own document."""
    to.add_api_route(
        f"{shown.prefix}/{template(collection, slashes=shown.takes_slashes)}", page_of(shown, collection, permission),
        response_class=Response,
        responses=described(shown, collection, many=True), summary=f"Read a page of {collection.path}",
        operation_id=f"{shown.operation_prefix}{operation}", openapi_extra=documented(collection),
    )  # fmt: skip


def add_object(to: APIRouter, shown: Presentation, collection: Collection, permission: Any, operation: str) -> None:
    to.add_api_route(
        f"{shown.prefix}/{collection.path}/{shown.one}", object_of(shown, collection, permission),
        response_class=Response, responses=described(shown, collection, many=False),
        summary=f"Read one of {collection.path}", operation_id=f"{shown.operation_prefix}{operation}",
    )  # fmt: skip


def add_all(
    to: APIRouter, shown: Presentation, collections: Iterable[Collection], relations: Iterable[Collection],
    *, core: Any, within: Any, demographics: Any = None,
) -> None:  # fmt: skip
    """Add whole collections first, which are asked most; relations before objects, whose id takes the path's rest."""
    permissions = [(c, demographics if c.one == "demographics" else core) for c in collections]
    for collection, permission in permissions:
        add_page(to, shown, collection, permission, collection.path)
    for collection in relations:
        add_page(to, shown, collection, within, re.sub(r"/{\w+}/", "_", collection.path))
    for collection, permission in permissions:
        add_object(to, shown, collection, permission, f"{collection.path}_by_id")
