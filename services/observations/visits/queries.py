from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.visits.models import Visit
from services.observations.visits.rules import Planned
from services.observations.visits.schemas import VisitQuery
from shared.access.matching import matching
from shared.access.policies import VISITS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Visit]:
    """Its observers and whom it looks at; others as they see an observation for its purpose."""
    return select(Visit).where(col(Visit.district_id) == who.district_id, allowed(VISITS, who, Columns(Visit)))


def found(who: Principal, query: VisitQuery) -> Select[Visit]:
    statement = filtered(visible_to(who), Visit, query)
    found: Select[Visit] = matching(statement, Visit, who.district_id, query, ("purpose", "teacher_id", "school_id"))
    return found


async def planned(connection: Connection, district_id: UUID, visit_id: UUID) -> Planned | None:
    """Read a visit on a unit without a session, held so that it does not open before the rating is in."""
    row = await connection.fetchrow(
        """select purpose, teacher_id, framework_version_id, observer_ids, opened_at is not null as is_open
           from observations.visits where district_id = $1 and id = $2 and archived_at is null for share""",
        district_id,
        visit_id,
    )
    return Planned(**row) if row else None


async def open_if_all_submitted(connection: Connection, district_id: UUID, visit_id: UUID, now: datetime) -> None:
    """Let the raters see each other once the last of them has submitted, or will not. One after another: of two that
    submit at once the second sees the first."""
    await connection.execute(
        "select from observations.visits where district_id = $1 and id = $2 for update", district_id, visit_id
    )
    opened = await connection.fetchval(
        """update observations.visits v set opened_at = $3
           where v.district_id = $1 and v.id = $2 and v.opened_at is null and not exists (
             select from unnest(v.observer_ids) as rater where not exists (
               select from observations.observations o
               where o.district_id = $1 and o.visit_id = v.id and o.observer_id = rater and o.rating_kind = 'live'
                 and o.type <> 'self' and (o.submitted_at is not null or o.state in ('cancelled', 'voided'))))
           returning true""",
        district_id,
        visit_id,
        now,
    )
    if opened:
        await connection.execute(
            "update observations.observations set blind = false where district_id = $1 and visit_id = $2",
            district_id,
            visit_id,
        )
