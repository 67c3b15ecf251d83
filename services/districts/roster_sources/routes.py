from typing import Annotated, cast

from fastapi import Depends, Query, Request

from services.districts.auth import CanReadRosterSources, CanWriteRoster
from services.districts.roster_pulls.schemas import RosterPullRead, read_pull
from services.districts.roster_pulls.starting import start_pull
from services.districts.roster_sources import service
from services.districts.roster_sources.models import RosterSource
from services.districts.roster_sources.records import get_source, visible_to
from services.districts.roster_sources.schemas import PullAsk, RosterSourcePatch, RosterSourceRead, RosterSourceWrite
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("roster sources")


async def find_to_write(source_id: Id, unit: CanWriteRoster) -> RosterSource:
    return await get_source(unit, source_id, lock=True)


FoundToWrite = Annotated[RosterSource, Depends(find_to_write)]


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


@router.get("/v1/roster-sources")
async def list_roster_sources(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadRosterSources
) -> Page[RosterSourceRead]:
    statement = filtered(visible_to(unit.who), RosterSource, query)
    rows, following, total = await page_of(unit, request, query, statement, RosterSource.id)
    return Page(data=[RosterSourceRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/roster-sources", status_code=201)
async def create_roster_source(request: Request, given: RosterSourceWrite, unit: CanWriteRoster) -> RosterSourceRead:
    """Name a SIS that speaks OneRoster REST, 1.1 or 1.2. Its secrets are in no answer, not even in this one."""
    return RosterSourceRead.model_validate(await service.add_source(unit, _runtime(request), given))


@router.get("/v1/roster-sources/{source_id}")
async def get_roster_source(source_id: Id, unit: CanReadRosterSources) -> RosterSourceRead:
    return RosterSourceRead.model_validate(show(unit, await get_source(unit, source_id)))


@router.patch("/v1/roster-sources/{source_id}")
async def change_roster_source(
    request: Request, patch: RosterSourcePatch, found: FoundToWrite, unit: CanWriteRoster
) -> RosterSourceRead:
    return RosterSourceRead.model_validate(await service.change_source(unit, _runtime(request), found, patch))


@router.post("/v1/roster-sources/{source_id}/archive")
async def archive_roster_source(found: FoundToWrite, unit: CanWriteRoster) -> RosterSourceRead:
    return RosterSourceRead.model_validate(await service.archive_source(unit, found))


@router.post("/v1/roster-sources/{source_id}/pull", status_code=202)
async def pull_roster(request: Request, asked: PullAsk, found: FoundToWrite, unit: CanWriteRoster) -> RosterPullRead:
    """Ask the source now. What comes goes the way of an upload: the pull names the import that it became.

    A pull that fails imports nothing, and one that is incomplete ends nobody.
    """
    pull = await start_pull(unit, _runtime(request).queue, found, asked.mode)
    unit.answer.headers["Location"] = f"/v1/roster-pulls/{pull.id}"
    return read_pull(show(unit, pull))
