from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadEvents
from services.districts.event_log import queries
from services.districts.event_log.links import link_of
from services.districts.event_log.schemas import EventPage, EventRead, EventsQuery
from shared.paging import decode, encode, link_next
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("events")


@router.get("/v1/events")
async def list_events(request: Request, query: Annotated[EventsQuery, Query()], unit: CanReadEvents) -> EventPage:
    """Read what happened, oldest first. Keep `next`, and ask again with it: nothing is ever skipped or told twice."""
    (after,) = decode(unit, query, (int,)) or (0,)
    total = await queries.count(unit.connection, unit.district_id, query.types) if query.count else None
    found = await queries.follow(unit, query, after)
    following = encode(unit, query, [found.upto])
    link_next(unit, request, following)
    url = request.app.state.runtime.settings.public_url
    data = [EventRead(**row, link=link_of(url, row)) for row in found.rows]
    return EventPage(data=data, next=following, more=found.more, total=total)


@router.get("/v1/events/{event_id}")
async def get_event(event_id: Id, request: Request, unit: CanReadEvents) -> EventRead:
    """Read one event, which a webhook named."""
    row = await queries.one(unit.connection, unit.district_id, event_id)
    return EventRead(**row, link=link_of(request.app.state.runtime.settings.public_url, row))
