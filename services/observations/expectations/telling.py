"""Tell which expectations will be due soon and which are overdue, each once for each day on which it is due."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col

from services.observations.expectations.models import Expectation
from services.observations.expectations.queries import visible_to
from services.observations.expectations.rules import state_on
from services.observations.expectations.schemas import ExpectationState
from shared.clock import now
from shared.contracts import observations as contract
from shared.database import Connection, Database
from shared.feed.compaction import districts_of
from shared.feed.events import Event
from shared.runtime import Runtime
from shared.units import emit

DUE, OVERDUE = "due", "overdue"
AT_ONCE = 500
# Each is looked at twice in its life, whether it is told or met by then. What can no longer be made up is not told.
_CLAIM = f"""
    insert into observations.expectation_notices (district_id, expectation_id, kind, due_date, looked_at)
    select $1, e.id, k.kind, e.due_date, $2
    from observations.expectations e
    join observations.expectation_policies p on p.district_id = $1 and p.id = e.policy_id
    cross join lateral (select case when e.due_date < $3 then '{OVERDUE}' else '{DUE}' end as kind) k
    where e.district_id = $1 and e.excused is null and e.due_date <= $3 + p.remind_before_days and e.end_date >= $3
      and not exists (select from observations.expectation_notices n
                      where n.district_id = $1 and n.expectation_id = e.id and n.kind = k.kind
                        and n.due_date = e.due_date)
    order by e.due_date, e.id limit {AT_ONCE}
    on conflict do nothing
    returning expectation_id, kind"""
_TELLS = {DUE: ExpectationState.OPEN, OVERDUE: ExpectationState.OVERDUE}


async def tell_all(runtime: Runtime) -> None:
    async for district_id in districts_of(runtime.database):
        await tell_district(runtime.database, district_id, now())


async def tell_district(database: Database, district_id: UUID, moment: datetime) -> int:
    """Tell all that is to be told in a district on a day; give how many that were."""
    told, more = 0, True
    while more:
        async with database.unit(district_id) as unit:
            claimed = await _claim(unit.connection, district_id, moment)
            statement = visible_to(unit.who).where(col(Expectation.id).in_(list(claimed)))
            for row in (await unit.session.execute(statement)).scalars():
                kind = claimed[row.id]
                if state_on(row, moment.date()) is _TELLS[kind]:
                    emit(unit, _event(row, kind))
                    told += 1
        more = len(claimed) == AT_ONCE
    return told


async def _claim(connection: Connection, district_id: UUID, moment: datetime) -> dict[UUID, str]:
    """Take what is to be looked at now. Of two that do so at once each row is one's alone."""
    day: date = moment.date()
    rows = await connection.fetch(_CLAIM, district_id, moment, day)
    return {row["expectation_id"]: row["kind"] for row in rows}


def _event(row: Expectation, kind: str) -> Event:
    state = {name: getattr(row, name) for name in contract.ExpectationState.model_fields if hasattr(row, name)}
    data = contract.ExpectationState(**state, version=row.policy_version, archived=False).model_dump(mode="json")
    return Event(f"expectation.{kind}", "expectations", row.id, data, ("due_date",))
