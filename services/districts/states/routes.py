"""The bulk read for our own services, under /internal: up to 1,000 states by id, staff only."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.districts.states.queries import CLASSES, COURSES, ORGS, PEOPLE, RELATIONSHIPS, ids_in, read_states_json
from shared.internal import ForPeers
from shared.wire import Id

router = APIRouter(include_in_schema=False)


def _reader(entity: str) -> Callable[..., Awaitable[Response]]:
    async def read(district_id: Id, ids: Annotated[str, Query()], peer: ForPeers) -> Response:
        async with peer.database.transaction(district_id) as connection:
            states = await read_states_json(connection, district_id, entity, ids_in(ids))
        return Response(b'{"data":' + states + b"}", media_type="application/json")

    return read


for _entity in (PEOPLE, ORGS, RELATIONSHIPS, CLASSES, COURSES):
    router.add_api_route(f"/internal/districts/{_entity}", _reader(_entity), methods=["GET"])
