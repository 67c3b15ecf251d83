"""Tell which expectations will be due soon and which are overdue, each once for each day on which it is due."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, case, cast, exists, literal, true
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from services.observations.calendars.queries import by_local_day
from services.observations.expectation_policies.models import ExpectationPolicy
from services.observations.expectations.models import Expectation, ExpectationNotice
from services.observations.expectations.queries import claimed_rows, schools_of, state_on
from services.observations.expectations.schemas import ExpectationState
from shared.clock import now
from shared.contracts import observations as contract
from shared.database import Database
from shared.feed.compaction import districts_of
from shared.feed.events import Event
from shared.runtime import Runtime
from shared.units import Unit, emit

DUE, OVERDUE = "due", "overdue"
AT_ONCE = 500
# So long after its last day what is missing is still told: most windows end on their due date.
GRACE = timedelta(days=30)
_TELLS = {ExpectationState.OPEN.value: DUE, ExpectationState.OVERDUE.value: OVERDUE}


async def tell_all(runtime: Runtime) -> None:
    async for district_id in districts_of(runtime.database):
        await tell_district(runtime.database, district_id, now())


async def tell_district(database: Database, district_id: UUID, moment: datetime) -> int:
    """Tell all that is to be told in a district at a moment, by each school's own day; give how many that were."""
    async with database.unit(district_id) as unit:
        expecting = (await unit.session.execute(schools_of(unit.district_id))).scalars().all()
        schools = await by_local_day(unit.connection, district_id, expecting, moment)
    told = 0
    for day, ids in schools.items():
        more = True
        while more:
            async with database.unit(district_id) as unit:
                claimed = await _claim(unit, ids, day, moment)
                for row in await claimed_rows(unit, claimed):
                    emit(unit, _event(row, claimed[row.id]))
            told += len(claimed)
            more = len(claimed) == AT_ONCE
    return told


async def _claim(unit: Unit, schools: list[UUID], day: date, moment: datetime) -> dict[UUID, str]:
    """Take what is to be told now, and nothing else: of two that do so at once each row is one's alone."""
    row: Any = Expectation
    notice: Any = ExpectationNotice
    policy: Any = ExpectationPolicy
    state = state_on(day, tells_leaves=true())
    kind: Any = case(_TELLS, value=state)
    told = exists().where(
        and_(
            notice.district_id == row.district_id,
            notice.expectation_id == row.id,
            notice.kind == kind,
            notice.due_date == row.due_date,
        )
    )
    told_of: list[Any] = [row.district_id, row.id, kind, row.due_date, literal(moment)]
    to_tell: Any = (
        select(*told_of)
        .join(policy, and_(policy.district_id == row.district_id, policy.id == row.policy_id))
        .where(
            row.district_id == unit.district_id,
            row.school_id.in_(schools),
            row.due_date <= literal(day) + cast(policy.remind_before_days, Integer),
            row.end_date >= day - GRACE,
            state.in_(_TELLS),
            ~told,
        )
        .order_by(row.due_date, row.id)
        .limit(AT_ONCE)
    )
    names = ["district_id", "expectation_id", "kind", "due_date", "told_at"]
    statement = insert(notice).from_select(names, to_tell).on_conflict_do_nothing()
    rows = await unit.session.execute(statement.returning(notice.expectation_id, notice.kind))
    return {row.expectation_id: row.kind for row in rows}


def _event(row: Expectation, kind: str) -> Event:
    state = {name: getattr(row, name) for name in contract.ExpectationState.model_fields if hasattr(row, name)}
    data = contract.ExpectationState(**state, version=row.policy_version, archived=False).model_dump(mode="json")
    return Event(f"expectation.{kind}", "expectations", row.id, data, ("due_date",))
