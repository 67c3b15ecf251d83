"""The audit log over HTTP, for machines: who did what to which row, oldest first. The role may only add rows.

It names who read whose coaching, which is nobody's right by relationship, so no acting person gets in.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.audit.exporting import ANSWER, export
from shared.audit.verifying import start
from shared.jobs.reading import JobRead
from shared.paging import ListQuery, Page, decode, encode, link_next
from shared.routing import reads, resource_router, writes
from shared.runtime import Runtime
from shared.units import Unit
from shared.wire import Id, Instant, Key, Read, Wire, whole

CanReadAudit = Annotated[Unit, Depends(reads("audit.read", machines_only=True))]
CanVerifyAudit = Annotated[Unit, Depends(writes("audit.read", machines_only=True))]
_SHOWN = """id, at, client_id, person_id, action, entity, entity_id, fields::text as fields, request_id, source,
            position, hash"""
_DAY = timedelta(days=1)


class AuditEvent(Read):
    """One action. `fields` says which fields changed or how much was read, never their content.

    `hash` chains the row to the one before it, as docs/security.md says; it comes within a second of the row.
    """

    id: UUID
    at: datetime
    client_id: str
    person_id: UUID | None
    action: str
    entity: str
    entity_id: UUID | None
    fields: dict[str, Any]
    request_id: str | None
    source: str
    position: int | None = Field(description="its place in the chain of this service and district, from 1 without gaps")
    hash: str | None


class AuditQuery(ListQuery):
    entity: Key | None = Field(default=None)
    entity_id: Id | None = Field(default=None)
    person_id: Id | None = Field(default=None, description="who acted")
    client_id: Key | None = Field(default=None)
    action: Key | None = Field(default=None, description="e.g. `observation.viewed`")
    since: Instant | None = Field(default=None, alias="from", description="at this instant or later")
    before: Instant | None = Field(default=None, description="earlier than this instant")


class AuditExportQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=2**53 - 1, description="only what lies behind this place")


class AuditMark(Wire):
    """How far a chain goes. Keep it elsewhere: it shows what was cut off or written anew since."""

    position: Annotated[int, Field(ge=0, le=2**53 - 1), BeforeValidator(whole)]
    hash: Annotated[str, Field(pattern="^([0-9a-f]{64})?$", description="empty for the position 0")]


class AuditVerification(Wire):
    expected: AuditMark | None = Field(default=None, description="a mark from before that the chain must go through")


def audit_router(service: str) -> APIRouter:
    router = resource_router("audit")

    @router.get(f"/v1/audit-events/{service}", operation_id=f"list_{service}_audit_events")
    async def list_audit_events(
        request: Request, query: Annotated[AuditQuery, Query()], unit: CanReadAudit
    ) -> Page[AuditEvent]:
        return await _page(unit, request, query)

    @router.get(f"/v1/audit-events/{service}/head", operation_id=f"get_{service}_audit_head")
    async def get_audit_head(unit: CanReadAudit) -> AuditMark:
        """Say how far the chain goes: the mark to keep elsewhere."""
        return await _head(unit)

    @router.get(
        f"/v1/audit-events/{service}/export", operation_id=f"export_{service}_audit_events", response_class=Response,
        responses=ANSWER,
    )  # fmt: skip
    async def export_audit_events(query: Annotated[AuditExportQuery, Query()], unit: CanReadAudit) -> Response:
        """The whole chain as NDJSON, in the order of its places: to be kept, or computed again."""
        return export(unit, query.after)

    @router.post(f"/v1/audit-events/{service}/verify", operation_id=f"verify_{service}_audit_events", status_code=202)
    async def verify_audit_events(request: Request, given: AuditVerification, unit: CanVerifyAudit) -> JobRead:
        """Walk the whole chain, as a job: its `result` has the `faults` with their places, none when all is well."""
        return await _ask(unit, cast("Runtime", request.app.state.runtime), given)

    return router


async def _page(unit: Unit, request: Request, query: AuditQuery) -> Page[AuditEvent]:
    (last,) = decode(unit, query, (UUID,)) or (None,)
    await unit.database.read_audits.flush()  # whoever looked a moment ago is in it
    where = f"""from {unit.schema}.audit_events where district_id = $1
                and ($2::text is null or entity = $2) and ($3::uuid is null or entity_id = $3)
                and ($4::uuid is null or person_id = $4) and ($5::text is null or client_id = $5)
                and ($6::text is null or action = $6) and ($7::timestamptz is null or at >= $7)
                and ($8::timestamptz is null or at < $8)
                and ($9::uuid is null or id >= $9) and ($10::uuid is null or id < $10)"""
    given = (
        unit.district_id, query.entity, query.entity_id, query.person_id, query.client_id, query.action,
        query.since, query.before, _id_at(query.since), _id_at(query.before, later=_DAY),
    )  # fmt: skip
    rows = await unit.connection.fetch(
        f"select {_SHOWN} {where} and ($11::uuid is null or id > $11) order by id limit $12",
        *given,
        last,
        query.limit + 1,
    )
    total = await unit.connection.fetchval(f"select count(*) {where}", *given) if query.count else None
    data = [AuditEvent(**(dict(row) | {"fields": orjson.loads(row["fields"])})) for row in rows[: query.limit]]
    following = encode(unit, query, [data[-1].id]) if len(rows) > query.limit else None
    link_next(unit, request, following)
    return Page(data=data, next=following, total=total)


def _id_at(instant: datetime | None, later: timedelta = timedelta()) -> UUID | None:
    """Give the least id of that instant. A row's id is made after `at`, when its unit ends, and by far within a day."""
    if instant is None:
        return None
    milliseconds = int((instant + later).timestamp() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


async def _head(unit: Unit) -> AuditMark:
    row = await unit.connection.fetchrow(
        f"select position, hash from {unit.schema}.audit_heads where district_id = $1", unit.district_id
    )
    return AuditMark(position=row["position"], hash=row["hash"]) if row else AuditMark(position=0, hash="")


async def _ask(unit: Unit, runtime: Runtime, given: AuditVerification) -> JobRead:
    expected = given.expected.model_dump() if given.expected else None
    job = await start(unit, runtime.queue, expected)
    unit.answer.headers["Location"] = f"/v1/jobs/{unit.schema}/{job.id}"
    return JobRead.of(job, runtime)
