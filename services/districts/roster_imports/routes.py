from typing import Annotated, cast

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanUploadRoster, CanWriteRoster
from services.districts.roster_imports import queries, service
from services.districts.roster_imports.models import RosterImport, RosterImportError
from services.districts.roster_imports.records import get_import, get_plan
from services.districts.roster_imports.schemas import (
    RosterImportQuery,
    RosterImportRead,
    RosterPlanRead,
    RowErrorQuery,
    RowErrorRead,
    UploadQuery,
)
from services.districts.roster_imports.uploads import REQUEST_BODY, pieces_of
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("roster imports")
LARGEST = 8 << 30  # what any installation could allow; the setting roster_max_bytes decides


def _read(row: RosterImport) -> RosterImportRead:
    here = f"/v1/roster-imports/{row.id}"
    more = {
        "possible": row.possible,
        "job": f"/v1/jobs/districts/{row.job_id}",
        "plan": f"{here}/plan" if row.files else None,
    }
    return RosterImportRead.model_validate(row.model_dump() | more)


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


@router.post("/v1/roster-imports", status_code=202, openapi_extra=REQUEST_BODY, max_body_size=LARGEST)
async def upload_roster(
    request: Request, query: Annotated[UploadQuery, Query()], unit: CanUploadRoster
) -> RosterImportRead:
    """Upload a OneRoster CSV zip, 1.1 or 1.2, bulk or delta: the raw zip, or a form with it as the part
    `file`, or with each CSV file as a part `file`.

    The answer comes at once, the import is a job. Single bad rows never hold the good ones up: see its `errors`. One
    that would end an unlikely share of people, roles or enrollments is held until somebody applies its plan.
    """
    more = {"is_dry_run": query.dry_run, "may_rekey": query.rekey}
    return _read(await service.take_in(unit, _runtime(request), pieces_of(request), **more))


@router.get("/v1/roster-imports")
async def list_roster_imports(
    request: Request, query: Annotated[RosterImportQuery, Query()], unit: CanReadRoster
) -> Page[RosterImportRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, RosterImport.id)
    return Page(data=[_read(row) for row in rows], next=following, total=total)


@router.get("/v1/roster-imports/{import_id}")
async def get_roster_import(import_id: Id, unit: CanReadRoster) -> RosterImportRead:
    return _read(show(unit, await get_import(unit, import_id)))


@router.get("/v1/roster-imports/{import_id}/errors")
async def list_row_errors(
    import_id: Id, request: Request, query: Annotated[RowErrorQuery, Query()], unit: CanReadRoster
) -> Page[RowErrorRead]:
    """List the rows that were rejected, and those that were kept without a field (warnings)."""
    await get_import(unit, import_id)
    statement = queries.errors_of(unit.who, import_id, query)
    rows, following, total = await page_of(unit, request, query, statement, RosterImportError.number)
    unit.audit("roster_import_error.listed", "roster-imports", import_id, rows=len(rows))
    return Page(data=[RowErrorRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/roster-imports/{import_id}/plan")
async def get_roster_plan(import_id: Id, unit: CanReadRoster) -> RosterPlanRead:
    """Read what the import would do, or did: how many rows of each file are new, changed, ended; and a few of them."""
    plan = await get_plan(unit, import_id)
    unit.audit("roster_plan.viewed", "roster-imports", import_id)
    unit.answer.headers["ETag"] = f'"{plan.digest}"'
    return RosterPlanRead.model_validate(plan)


@router.post("/v1/roster-imports/{import_id}/apply", status_code=202)
async def apply_roster_import(import_id: Id, request: Request, unit: CanWriteRoster) -> RosterImportRead:
    """Let an import go on that is held, or that was a dry run. `If-Match` is the ETag of its plan.

    If the roster has changed since that plan, the answer is 412 and the import is planned again.
    """
    return _read(await service.apply_plan(unit, _runtime(request), import_id))


@router.post("/v1/roster-imports/{import_id}/cancel")
async def cancel_roster_import(import_id: Id, unit: CanWriteRoster) -> RosterImportRead:
    """Stop an import that waits or is queued; one that runs stops at its next step, and nothing of it is kept."""
    return _read(await service.cancel(unit, import_id))


@router.post("/v1/roster-imports/{import_id}/revert", status_code=202)
async def revert_roster_import(import_id: Id, request: Request, unit: CanWriteRoster) -> RosterImportRead:
    """Take back the import that was applied last: a job, after which it is `reverted` and the roster as before it.

    What it had added is archived. If a row of it was changed since, or something later refers to one that it added, all
    stays as it is: `applied`, with a `problem` whose `blocked_by` names the rows.
    """
    return _read(await service.revert(unit, _runtime(request), import_id))
