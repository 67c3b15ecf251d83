"""What the job reads and writes of the pulls themselves; apart from the lists, so that no worker loads HTTP."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.roster_imports.files import snake
from services.districts.roster_pulls.models import RosterPull
from shared.access.policies import ROSTER_PULLS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[RosterPull]:
    return select(RosterPull).where(
        col(RosterPull.district_id) == who.district_id, allowed(ROSTER_PULLS, who, Columns(RosterPull))
    )


async def get_pull(unit: Unit, pull_id: UUID, *, lock: bool = False) -> RosterPull:
    return await load(unit, visible_to(unit.who).where(col(RosterPull.id) == pull_id), lock=lock)


async def known_until(unit: Unit, source_id: UUID) -> datetime | None:
    """Give the instant up to which the source's changes are in the roster: those of a held import are not."""
    found: datetime | None = await unit.connection.fetchval(
        """select max(p.began_at) from districts.roster_pulls p
           left join districts.roster_imports i on i.district_id = p.district_id and i.id = p.import_id
           where p.district_id = $1 and p.source_id = $2
             and (p.state = 'unchanged' or p.state = 'imported' and i.state = 'applied')""",
        unit.district_id,
        source_id,
    )
    return found


async def besides(connection: Connection, district_id: UUID, file: str, users: list[str], kept: list[str]) -> list[str]:
    """Give the rows of this file of these users that are not among those: a source tells all of whom it tells."""
    rows = await connection.fetch(
        f"""select r.sourced_id from districts.{snake(file)} r
            join districts.people p on p.district_id = r.district_id and p.id = r.person_id
            where r.district_id = $1 and p.sourced_id = any($2) and r.archived_at is null and r.source = 'roster'
              and r.sourced_id <> all($3)""",
        district_id,
        users,
        kept,
    )
    return [row["sourced_id"] for row in rows]
