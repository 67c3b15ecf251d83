from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.dated import holds_on
from services.districts.people.rules import NOT_STAFF
from services.districts.references import who_is
from services.districts.relationships.models import Relationship
from services.districts.relationships.rules import FIXED, Span
from services.districts.relationships.schemas import RelationshipQuery
from services.districts.tables import ROSTER
from shared.access.policies import RELATIONSHIPS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[Relationship]:
    """Everything for a machine; for an acting person what concerns that person or the schools that the person leads."""
    return select(Relationship).where(
        col(Relationship.district_id) == who.district_id, allowed(RELATIONSHIPS, who, Columns(Relationship))
    )


def by_hand(who: Principal) -> Select[Relationship]:
    """Leave out what follows from roles: that comes with the roster."""
    return visible_to(who).where(col(Relationship.source) != ROSTER)


def found(who: Principal, query: RelationshipQuery) -> Select[Relationship]:
    statement = filtered(visible_to(who), Relationship, query)
    for name in ("person_id", "kind", "org_id", "target_person_id"):
        value = getattr(query, name)
        if value is not None:
            known = who_is(who.district_id, value) if name.endswith("person_id") else value
            statement = statement.where(getattr(Relationship, name) == known)
    if query.as_of is not None:
        statement = statement.where(holds_on(Relationship, query.as_of))
    return statement


async def same(unit: Unit, relationship_id: UUID, values: Mapping[str, Any]) -> list[Relationship]:
    """Give the others that say the same: of the same person and kind, to the same person or organisation."""
    statement = (
        select(Relationship)
        .where(col(Relationship.district_id) == unit.district_id, col(Relationship.id) != relationship_id)
        .where(*(col(getattr(Relationship, name)).is_not_distinct_from(values[name]) for name in FIXED))
        .order_by(col(Relationship.id))
    )
    return list((await unit.session.execute(statement)).scalars())


async def overlapping(unit: Unit, relationship_id: UUID, values: Mapping[str, Any]) -> Relationship | None:
    """Find one by hand that says the same and holds on a day on which this one would. What roles give makes room."""
    span = Span.of(values["begin_date"], values["end_date"])
    for other in await same(unit, relationship_id, values):
        if other.archived_at is None and other.source != ROSTER and span.overlaps(span_of(other)):
            return other
    return None


def span_of(row: Relationship) -> Span:
    return Span.of(row.begin_date, row.end_date)


async def times_of(unit: Unit, people: Iterable[UUID]) -> dict[UUID, list[Span]]:
    """Give when these people were or are staff of the district, by their roles; a role that was ended, until then."""
    rows = await unit.connection.fetch(
        """select r.person_id, r.begin_date, least(r.end_date, coalesce(r.archived_at, p.archived_at)::date) as end_date
           from districts.roles r join districts.people p on p.district_id = r.district_id and p.id = r.person_id
           where r.district_id = $1 and r.person_id = any($2) and r.role <> all($3)""",
        unit.district_id,
        list(people),
        sorted(NOT_STAFF),
    )
    times: dict[UUID, list[Span]] = defaultdict(list)
    for row in rows:
        span = Span.of(row["begin_date"], row["end_date"])
        if span.begin <= span.end:
            times[row["person_id"]].append(span)
    return times
