from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadRosterSources
from services.districts.roster_pulls import queries
from services.districts.roster_pulls.models import RosterPull
from services.districts.roster_pulls.records import get_pull
from services.districts.roster_pulls.schemas import RosterPullQuery, RosterPullRead, read_pull
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("roster sources")


@router.get("/v1/roster-pulls")
async def list_roster_pulls(
    request: Request, query: Annotated[RosterPullQuery, Query()], unit: CanReadRosterSources
) -> Page[RosterPullRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, RosterPull.id)
    return Page(data=[read_pull(row) for row in rows], next=following, total=total)


@router.get("/v1/roster-pulls/{pull_id}")
async def get_roster_pull(pull_id: Id, unit: CanReadRosterSources) -> RosterPullRead:
    return read_pull(show(unit, await get_pull(unit, pull_id)))
