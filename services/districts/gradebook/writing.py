"""The three kinds of write, made for each noun that takes them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from orjson import dumps

from services.districts.gradebook.nouns import Noun, Reference
from services.districts.gradebook.schemas import Given, SourcedId
from services.districts.gradebook.service import delete, post, put
from services.districts.oneroster.paths import documented, parents_of, template
from services.districts.oneroster.presenting import Presentation
from services.districts.oneroster.reading import Handler, answer, described, one_of

PathId = Annotated[SourcedId, Path()]
_PAIR = {"type": "object", "required": ["suppliedSourcedId", "allocatedSourcedId"], "additionalProperties": False,
         "properties": {name: {"type": "string"} for name in ("suppliedSourcedId", "allocatedSourcedId")}}  # fmt: skip
_PAIRS: dict[str, Any] = {
    "type": "object", "required": ["sourcedIdPairs"], "additionalProperties": False,
    "properties": {"sourcedIdPairs": {"type": "array", "items": _PAIR}},
}  # fmt: skip


def _put_of(shown: Presentation, noun: Noun, body: type[Given], permission: Any) -> Handler:
    (member,) = body.model_fields

    async def put_object(request: Request, sourcedId: PathId, payload: body, unit: permission) -> Response:  # type: ignore[valid-type]  # noqa: N803
        await put(unit, noun, sourcedId, getattr(payload, member))
        unit.answer.status = 201  # of a change too: the standard has no other
        return answer(await one_of(request, unit, shown, noun.collection, sourcedId), 1)

    return put_object


def _delete_of(noun: Noun, permission: Any) -> Handler:
    async def delete_object(sourcedId: PathId, unit: permission) -> Response:  # noqa: N803 - the standard's casing
        await delete(unit, noun, sourcedId)
        return Response(status_code=204)

    return delete_object


def add_writes(to: APIRouter, shown: Presentation, noun: Noun, body: type[Given], *, puts: Any, deletes: Any) -> None:
    collection = noun.collection
    path, name = f"{shown.prefix}/{collection.path}/{shown.one}", f"{shown.operation_prefix}{collection.path}"
    to.add_api_route(
        path, _put_of(shown, noun, body, puts), methods=["PUT"], status_code=201, response_class=Response,
        responses={201: described(shown, collection, many=False)[200]}, summary=f"Hand in one of {collection.path}",
        operation_id=f"{name}_put",
    )  # fmt: skip
    to.add_api_route(
        path, _delete_of(noun, deletes), methods=["DELETE"], status_code=204, response_class=Response,
        summary=f"Take back one of {collection.path}", operation_id=f"{name}_delete",
    )  # fmt: skip


def add_post(
    to: APIRouter, shown: Presentation, noun: Noun, body: type[Given], permission: Any,
    path: str, above: Mapping[str, tuple[str, Reference]],
) -> None:  # fmt: skip
    """Add a POST within parents: the members that they stand for, by the names that they have in the path."""
    (member,) = body.model_fields
    within = replace(noun.collection, path=path, parents=tuple(name for name, _ in above.values()))

    async def post_objects(request: Request, payload: body, unit: permission) -> Response:  # type: ignore[valid-type]
        ids = parents_of(request, within)
        parents = {m: (r, i) for (m, (_, r)), i in zip(above.items(), ids, strict=True)}
        pairs = await post(unit, noun, getattr(payload, member), parents)
        return Response(dumps({"sourcedIdPairs": pairs}), media_type="application/json", status_code=201)

    to.add_api_route(
        f"{shown.prefix}/{template(within, slashes=shown.takes_slashes)}", post_objects, methods=["POST"],
        status_code=201, response_class=Response,
        responses={201: {"description": "Created", "content": {"application/json": {"schema": _PAIRS}}}},
        summary=f"Hand in many of {noun.collection.path}", openapi_extra=documented(within),
        operation_id=f"{shown.operation_prefix}{path.replace('/', '_').replace('{', '').replace('}', '')}_post",
    )  # fmt: skip
