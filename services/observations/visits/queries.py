from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.observations.models import RATES, Observation
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
    """Read a visit on a unit without a session, held so that it does not open before the rating is in.

    Its ratings come in one after another: of two that only shared it, each would wait for the other one to open it.
    """
    row = await connection.fetchrow(
        """select purpose, teacher_id, framework_version_id, observer_ids, opened_at is not null as is_open
           from observations.visits where district_id = $1 and id = $2 and archived_at is null for update""",
        district_id,
        visit_id,
    )
    return Planned(**row) if row else None


async def hold(connection: Connection, district_id: UUID, visit_ids: Collection[UUID]) -> None:
    """Hold several in the order of ids, so that two tablets never wait for each other in a circle."""
    await connection.execute(
        "select from observations.visits where district_id = $1 and id = any($2) order by id for update",
        district_id,
        list(visit_ids),
    )


async def rates_already(connection: Connection, district_id: UUID, rating: Observation) -> bool:
    """Say whether the observer of a new rating has one of the same visit: her two would agree with each other."""
    found = await connection.fetchval(
        f"""select exists (select from observations.observations
            where district_id = $1 and visit_id = $2 and observer_id = $3 and id <> $4 and {RATES})""",
        district_id,
        rating.visit_id,
        rating.observer_id,
        rating.id,
    )
    return bool(found)


async def open_if_all_submitted(connection: Connection, district_id: UUID, visit_id: UUID, now: datetime) -> None:
    """Let the raters see each other once the last of them has submitted, or will not. One after another: of two that
    submit at once the second sees the first."""
    await hold(connection, district_id, [visit_id])
    opened = await connection.fetchval(
        f"""update observations.visits v set opened_at = $3
           where v.district_id = $1 and v.id = $2 and v.opened_at is null and not exists (
             select from unnest(v.observer_ids) as rater where not exists (
               select from observations.observations o
               where o.district_id = $1 and o.visit_id = v.id and o.observer_id = rater and o.rating_kind = 'live'
                 and o.type <> 'self' and (o.submitted_at is not null or o.state in ('cancelled', 'voided')))
               or exists (
               select from observations.observations o
               where o.district_id = $1 and o.visit_id = v.id and o.observer_id = rater and o.submitted_at is null
                 and {RATES}))
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
