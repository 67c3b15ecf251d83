from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadWalks, CanWriteWalks
from services.observations.settings import settings_of
from services.observations.walks import queries, service
from services.observations.walks.models import LearningWalk, WalkStop
from services.observations.walks.rendering import read_all, read_one
from services.observations.walks.schemas import (
    At,
    ClassDraw,
    Debrief,
    DrawOrder,
    LearningWalkQuery,
    LearningWalkRead,
    LearningWalkWrite,
    SummaryQuery,
    WalkStopQuery,
    WalkStopRead,
    WalkStopWrite,
    WalkSummary,
)
from services.observations.walks.summary import summarize
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("learning walks")


@router.put("/v1/learning-walks/{walk_id}", responses=created(LearningWalkRead))
async def put_learning_walk(walk_id: Id, body: LearningWalkWrite, unit: CanWriteWalks) -> LearningWalkRead:
    return await read_one(unit, await service.put_walk(unit, walk_id, body))


@router.get("/v1/learning-walks/{walk_id}")
async def get_learning_walk(walk_id: Id, unit: CanReadWalks) -> LearningWalkRead:
    unit.audit("learning_walk.viewed", "learning-walks", walk_id)
    return await read_one(unit, show(unit, await service.get_walk(unit, walk_id)))


@router.get("/v1/learning-walks")
async def list_learning_walks(
    request: Request, query: Annotated[LearningWalkQuery, Query()], unit: CanReadWalks
) -> Page[LearningWalkRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), LearningWalk.id)
    unit.audit("learning_walk.listed", "learning-walks", rows=len(rows))
    return Page(data=await read_all(unit, rows), next=following, total=total)


@router.get("/v1/learning-walks/{walk_id}/summary")
async def summarize_learning_walk(
    request: Request, walk_id: Id, query: Annotated[SummaryQuery, Query()], unit: CanReadWalks
) -> WalkSummary:
    """Count over the stops of a walk; what the whole school may see once the walk is shared."""
    settings = settings_of(request.app.state.runtime)
    return await summarize(unit, walk_id, query.by, settings.staff_n_min)


@router.post("/v1/learning-walks/{walk_id}/draw")
async def draw_classes(walk_id: Id, body: DrawOrder, unit: CanWriteWalks) -> ClassDraw:
    """Draw at random which classes are visited. The same classes and seed give the same draw, for whoever checks it."""
    return await service.draw(unit, walk_id, body)


@router.post("/v1/learning-walks/{walk_id}/schedule")
async def schedule_learning_walk(walk_id: Id, unit: CanWriteWalks) -> LearningWalkRead:
    return await read_one(unit, await service.schedule(unit, walk_id))


@router.post("/v1/learning-walks/{walk_id}/start")
async def start_learning_walk(walk_id: Id, unit: CanWriteWalks, body: At | None = None) -> LearningWalkRead:
    return await read_one(unit, await service.start(unit, walk_id, body))


@router.post("/v1/learning-walks/{walk_id}/debrief")
async def debrief_learning_walk(walk_id: Id, body: Debrief, unit: CanWriteWalks) -> LearningWalkRead:
    """Name the patterns that the team saw. What they inform is said with evidence links."""
    return await read_one(unit, await service.debrief(unit, walk_id, body))


@router.post("/v1/learning-walks/{walk_id}/share")
async def share_learning_walk(walk_id: Id, unit: CanWriteWalks, body: At | None = None) -> LearningWalkRead:
    return await read_one(unit, await service.share(unit, walk_id, body))


@router.post("/v1/learning-walks/{walk_id}/archive")
async def archive_learning_walk(walk_id: Id, unit: CanWriteWalks) -> LearningWalkRead:
    return await read_one(unit, await service.archive_walk(unit, walk_id))


@router.put("/v1/walk-stops/{stop_id}", responses=created(WalkStopRead))
async def put_walk_stop(stop_id: Id, body: WalkStopWrite, unit: CanWriteWalks) -> WalkStopRead:
    return WalkStopRead.model_validate(await service.put_stop(unit, stop_id, body), strict=False)


@router.post("/v1/walk-stops/{stop_id}/archive")
async def archive_walk_stop(stop_id: Id, unit: CanWriteWalks) -> WalkStopRead:
    """Take back a stop that was none, while the walk goes on: it leaves every count."""
    return WalkStopRead.model_validate(await service.archive_stop(unit, stop_id), strict=False)


@router.get("/v1/walk-stops/{stop_id}")
async def get_walk_stop(stop_id: Id, unit: CanReadWalks) -> WalkStopRead:
    unit.audit("walk_stop.viewed", "walk-stops", stop_id)
    return WalkStopRead.model_validate(show(unit, await service.get_stop(unit, stop_id)), strict=False)


@router.get("/v1/walk-stops")
async def list_walk_stops(
    request: Request, query: Annotated[WalkStopQuery, Query()], unit: CanReadWalks
) -> Page[WalkStopRead]:
    rows, following, total = await page_of(unit, request, query, queries.found_stops(unit.who, query), WalkStop.id)
    unit.audit("walk_stop.listed", "walk-stops", rows=len(rows))
    return Page(data=[WalkStopRead.model_validate(row, strict=False) for row in rows], next=following, total=total)
