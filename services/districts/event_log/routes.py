from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request

from services.districts.auth import CanReadEvents
from services.districts.event_log import queries
from services.districts.event_log.schemas import EventPage, EventRead, EventsQuery
from shared.paging import decode, encode, link_next
from shared.routing import resource_router

router = resource_router("events")
WITHOUT_ADDRESS = frozenset({"districts", "credits"})  # not read one by one


@router.get("/v1/events")
async def list_events(request: Request, query: Annotated[EventsQuery, Query()], unit: CanReadEvents) -> EventPage:
    """Read what happened, oldest first. Keep `next`, and ask again with it: nothing is ever skipped or told twice."""
    (after,) = decode(unit, query, (int,)) or (0,)
    found = await queries.read(unit.connection, unit.district_id, query.types, after, query.limit)
    total = await queries.count(unit.connection, unit.district_id, query.types) if query.count else None
    following = encode(unit, query, [found.upto])
    link_next(unit, request, following)
    url = request.app.state.runtime.settings.public_url
    data = [EventRead(**row, link=link_of(url, row)) for row in found.rows]
    return EventPage(data=data, next=following, more=found.more, total=total)


def link_of(public_url: str, row: dict[str, Any]) -> str | None:
    entity, entity_id = str(row["entity"]), row["entity_id"]
    if not isinstance(entity_id, UUID) or entity in WITHOUT_ADDRESS:
        return None
    return f"{public_url}/v1/{entity.replace('_', '-')}/{entity_id}"
