from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.districts.dated import holds_on, was_there
from services.districts.people.models import FormerSourcedId, Person, Role
from services.districts.people.rules import NOT_STAFF
from services.districts.people.schemas import PersonQuery
from services.districts.rostered import by_external_id
from shared.access.policies import PEOPLE
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[Person]:
    """Staff alone: students' rows leave by OneRoster, and by nothing else."""
    return select(Person).where(col(Person.district_id) == who.district_id, allowed(PEOPLE, who, Columns(Person)))


def found(who: Principal, query: PersonQuery) -> Select[Person]:
    statement = filtered(visible_to(who), Person, query)
    known = _known(who, query)
    if known is not None:
        merged = known.where(col(Person.merged_into).is_not(None)).with_only_columns(col(Person.merged_into))
        statement = statement.where(or_(col(Person.id).in_(known.with_only_columns(col(Person.id))),
                                        col(Person.id).in_(merged)))  # fmt: skip
    if query.role is not None or query.org_id is not None or query.as_of is not None:
        holds = exists().where(
            col(Role.district_id) == who.district_id,
            col(Role.person_id) == col(Person.id),
            _holds(query.as_of),
            col(Role.role) != "student",
        )
        if query.role is not None:
            holds = holds.where(col(Role.role) == query.role)
        if query.org_id is not None:
            holds = holds.where(col(Role.org_id) == query.org_id)
        if query.as_of is not None:
            holds = holds.where(was_there(Person, query.as_of), col(Role.role).not_in(NOT_STAFF))
        statement = statement.where(holds)
    return statement


def _known(who: Principal, query: PersonQuery) -> Select[Person] | None:
    """Select who has these ids; None where none is asked for. Those of a duplicate find who it was merged into."""
    named = {n: getattr(query, n) for n in ("email", "username", "identifier", "user_master_identifier")}
    said = {name: value for name, value in named.items() if value is not None}
    if not said and query.external_id is None:
        return None
    statement = by_external_id(visible_to(who), Person, query, formerly(who))
    return statement.where(*(col(getattr(Person, name)) == value for name, value in said.items()))


def formerly(who: Principal) -> Select[FormerSourcedId]:
    """Give the ids that the roster's source has used before, but those that are somebody's now."""
    other = aliased(Person)
    taken = exists().where(
        col(other.district_id) == who.district_id,
        col(other.sourced_id) == col(FormerSourcedId.sourced_id),
        col(other.former_of).is_(None),
    )
    return select(FormerSourcedId).where(col(FormerSourcedId.district_id) == who.district_id, ~taken)


async def former_ids_of(unit: Unit, people: Sequence[UUID]) -> Sequence[FormerSourcedId]:
    statement = formerly(unit.who).where(col(FormerSourcedId.person_id).in_(people))
    return (await unit.session.execute(statement.order_by(col(FormerSourcedId.until)))).scalars().all()


async def merged_into(unit: Unit, person_id: UUID) -> Sequence[Person]:
    """Give the duplicates that were merged into this person, as their sources have them."""
    statement = select(Person).where(col(Person.district_id) == unit.district_id, col(Person.merged_into) == person_id)
    return (await unit.session.execute(statement.order_by(col(Person.id)))).scalars().all()


async def absorbed(unit: Unit, people: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Give the ids of those who were merged into each of these."""
    statement = (
        select(Person.merged_into, Person.id)
        .where(col(Person.district_id) == unit.district_id, col(Person.merged_into).in_(people))
        .order_by(col(Person.id))
    )
    found: dict[UUID, list[UUID]] = {}
    for into, person in await unit.session.execute(statement):
        found.setdefault(into, []).append(person)
    return found


def _holds(day: date | None) -> ColumnElement[bool]:
    """Say of which roles that they are there: now, whatever their term, or on a day, even if they ended since."""
    return col(Role.archived_at).is_(None) if day is None else holds_on(Role, day)


async def roles_of(unit: Unit, people: Sequence[UUID], as_of: date | None = None) -> dict[UUID, list[Role]]:
    """Give the roles of these people, or those that held on a day, but none of students and families."""
    statement = (
        select(Role)
        .where(
            col(Role.district_id) == unit.district_id,
            col(Role.person_id).in_(people),
            _holds(as_of),
            col(Role.role).not_in(NOT_STAFF),
        )
        .order_by(col(Role.role_type), col(Role.sourced_id))
    )
    found: dict[UUID, list[Role]] = {person: [] for person in people}
    for role in (await unit.session.execute(statement)).scalars():
        found[role.person_id].append(role)
    return found
