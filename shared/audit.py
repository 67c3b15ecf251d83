"""The audit log over HTTP, for machines: who did what to which row, oldest first. The role may only add rows.

It names who read whose coaching, which is nobody's right by relationship, so no acting person gets in.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from shared.paging import ListQuery, Page, decode, encode, link_next
from shared.routing import reads, resource_router
from shared.units import Unit
from shared.wire import Id, Key, Read

CanReadAudit = Annotated[Unit, Depends(reads("audit.read", machines_only=True))]


class AuditEvent(Read):
    """One action. `fields` says which fields changed or how much was read, never their content."""

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


class AuditQuery(ListQuery):
    entity: Key | None = Field(default=None)
    entity_id: Id | None = Field(default=None)
    person_id: Id | None = Field(default=None)


def audit_router(service: str) -> APIRouter:
    router = resource_router("audit")

    @router.get(f"/v1/audit-events/{service}", operation_id=f"list_{service}_audit_events")
    async def list_audit_events(
        request: Request, query: Annotated[AuditQuery, Query()], unit: CanReadAudit
    ) -> Page[AuditEvent]:
        return await _page(unit, request, query)

    return router


async def _page(unit: Unit, request: Request, query: AuditQuery) -> Page[AuditEvent]:
    (last,) = decode(unit, query, (UUID,)) or (None,)
    where = f"""from {unit.schema}.audit_events where district_id = $1
                and ($2::text is null or entity = $2) and ($3::uuid is null or entity_id = $3)
                and ($4::uuid is null or person_id = $4)"""
    given = (unit.district_id, query.entity, query.entity_id, query.person_id)
    rows = await unit.connection.fetch(
        f"""select id, at, client_id, person_id, action, entity, entity_id, fields::text as fields, request_id, source
            {where} and ($5::uuid is null or id > $5) order by id limit $6""",
        *given,
        last,
        query.limit + 1,
    )
    total = await unit.connection.fetchval(f"select count(*) {where}", *given) if query.count else None
    data = [AuditEvent(**(dict(row) | {"fields": orjson.loads(row["fields"])})) for row in rows[: query.limit]]
    following = encode(unit, query, [data[-1].id]) if len(rows) > query.limit else None
    link_next(unit, request, following)
    return Page(data=data, next=following, total=total)
