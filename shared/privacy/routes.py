"""A service's part of a download and of an erasure, for the service that runs them (districts)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from orjson import dumps
from pydantic import BaseModel

from shared.access.principals import Principal
from shared.internal import ForPeers
from shared.privacy.erasing import Of, Undone, erase, told
from shared.privacy.exporting import export_person
from shared.privacy.rules import Rules
from shared.runtime import Runtime
from shared.wire import Id, Instant


class EraseAsk(BaseModel):
    """A person's ids, or a kind with the instant before which it is over. `apply` false: say what it would be."""

    district_id: Id
    people: list[Id] = []
    kind: str = ""
    before: Instant | None = None
    apply: bool = False
    client_id: str = "system"


Files = Callable[[Runtime, UUID], Awaitable[None]]
"""Deletes the files of rows that were erased, as often as it is asked."""


async def no_files(runtime: Runtime, district_id: UUID) -> None:
    """Most services keep none."""


async def erased(runtime: Runtime, rules: Rules, asked: EraseAsk) -> dict[str, Any]:
    """What went, or what would go: a dry run does all of it and keeps none."""
    of = Of(tuple(asked.people), asked.kind, asked.before)
    found: dict[str, Any] = {}
    with suppress(Undone):
        async with runtime.database.unit(asked.district_id, Principal(asked.district_id, asked.client_id)) as unit:
            found = told(await erase(unit, rules, of))
            if not asked.apply:
                raise Undone
    return found


def personal_router(service: str, rules: Rules, files: Files = no_files) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"/internal/{service}/personal-data")
    async def read(district_id: Id, ids: Annotated[list[UUID], Query()], peer: ForPeers) -> Response:
        async with peer.database.transaction(district_id) as connection:
            part = await export_person(connection, service, rules, district_id, ids)
        return Response(dumps(part), media_type="application/json")

    @router.post(f"/internal/{service}/personal-data/erase")
    async def erase_rows(asked: EraseAsk, peer: ForPeers) -> dict[str, Any]:
        found = await erased(peer, rules, asked)
        if asked.apply:  # after the commit: whoever is killed in between is asked again
            await files(peer, asked.district_id)
        return found

    return router
