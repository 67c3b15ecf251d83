"""The feed for peers, under /internal, which no gateway routes and no public listener serves."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from shared.feed.reading import DEFAULT_LIMIT, MAX_LIMIT, Waiting, read_feed, waiting
from shared.internal import ForPeers

LONGEST_CURSOR = 2**63 - 1


def feed_router(service: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"/internal/{service}/feed")
    async def read(
        peer: ForPeers,
        after: Annotated[int, Query(ge=0, le=LONGEST_CURSOR)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
        types: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        return Response(await read_feed(peer.database, after, limit, types), media_type="application/json")

    @router.get(f"/internal/{service}/feed/waiting")
    async def read_waiting(peer: ForPeers, after: Annotated[int, Query(ge=0, le=LONGEST_CURSOR)] = 0) -> Waiting:
        return await waiting(peer.database, after)

    return router
