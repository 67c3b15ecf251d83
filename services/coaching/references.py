"""References to what must exist in this district: a reference to nothing is a bad field, not a surprise later."""

from uuid import UUID

from shared.errors import FieldError, Invalid
from shared.units import Unit


async def check_org(unit: Unit, org_id: UUID | None) -> None:
    await _check(unit, "copied_orgs", "org_id", org_id)


async def check_person(unit: Unit, person_id: UUID | None, field: str = "person_id") -> None:
    await _check(unit, "copied_people", field, person_id)


async def check_goal(unit: Unit, goal_id: UUID | None) -> None:
    await _check(unit, "goals", "goal_id", goal_id)


async def check_plan_action(unit: Unit, action_id: UUID | None) -> None:
    await _check(unit, "plan_actions", "plan_action_id", action_id)


async def check_people(unit: Unit, people: list[UUID], field: str) -> None:
    known = await unit.connection.fetchval(
        "select count(*) from coaching.copied_people where district_id = $1 and id = any($2)", unit.district_id, people
    )
    if known != len(set(people)):
        raise Invalid(errors=[FieldError(f"#/{field}", "unknown", "names somebody who is not staff of this district")])


async def _check(unit: Unit, table: str, field: str, value: UUID | None) -> None:
    if value is None:
        return
    known = await unit.connection.fetchval(
        f"select true from coaching.{table} where district_id = $1 and id = $2",
        unit.district_id,
        value,
    )
    if not known:
        raise Invalid(errors=[FieldError(f"#/{field}", "unknown", "refers to nothing in this district")])
