"""A grant as it is read: what it is today, and what it gives."""

from collections.abc import Sequence

from services.districts.role_grants import queries, rules
from services.districts.role_grants.models import RoleGrant
from services.districts.role_grants.schemas import RoleGrantRead
from shared.units import Unit


async def read_one(unit: Unit, row: RoleGrant) -> RoleGrantRead:
    return (await read_all(unit, [row]))[0]


async def read_all(unit: Unit, rows: Sequence[RoleGrant]) -> list[RoleGrantRead]:
    types, today = await queries.types_of(unit, {row.org_id for row in rows}), unit.now.date()
    return [
        RoleGrantRead.model_validate(
            row.model_dump()
            | {
                "state": rules.state_on(row.state, row.end_date, today).value,
                "holds": row.archived_at is None and rules.holds_on(row.state, row.begin_date, row.end_date, today),
                "gives": rules.gives(row.kind, row.role, types.get(row.org_id, "")),
            }
        )
        for row in rows
    ]
