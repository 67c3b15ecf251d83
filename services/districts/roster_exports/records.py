"""What the job reads and writes of the exports themselves; apart from the lists, so that no worker loads HTTP."""

from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.roster_exports.models import RosterExport
from shared.access.policies import ROSTER_EXPORTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[RosterExport]:
    return select(RosterExport).where(
        col(RosterExport.district_id) == who.district_id, allowed(ROSTER_EXPORTS, who, Columns(RosterExport))
    )


async def get_export(unit: Unit, export_id: UUID, *, lock: bool = False) -> RosterExport:
    return await load(unit, visible_to(unit.who).where(col(RosterExport.id) == export_id), lock=lock)


async def is_used_elsewhere(unit: Unit, row: RosterExport) -> bool:
    """Say whether the very same bytes are kept for something else: another export, or an import of one."""
    return bool(
        await unit.connection.fetchval(
            """select exists (select from districts.roster_exports
                              where district_id = $1 and sha256 = $2 and id <> $3 and state = 'ready')
                   or exists (select from districts.roster_imports where district_id = $1 and sha256 = $2)""",
            unit.district_id,
            row.sha256,
            row.id,
        )
    )
