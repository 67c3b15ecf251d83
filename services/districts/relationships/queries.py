from sqlalchemy import Select, or_
from sqlmodel import col, select

from services.districts.relationships.models import Relationship
from services.districts.relationships.schemas import RelationshipQuery
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Relationship]:
    """Everything for a machine; for an acting person what concerns that person or the schools that the person leads."""
    statement = select(Relationship).where(col(Relationship.district_id) == who.district_id)
    if who.person is None:
        return statement
    return statement.where(
        or_(
            col(Relationship.person_id) == who.person.id,
            col(Relationship.target_person_id) == who.person.id,
            col(Relationship.org_id).in_(who.person.led_orgs),
        )
    )


def found(who: Principal, query: RelationshipQuery) -> Select[Relationship]:
    statement = filtered(visible_to(who), Relationship, query)
    for name in ("person_id", "kind", "org_id", "target_person_id"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(Relationship, name) == value)
    if query.on is not None:
        begin, end = col(Relationship.begin_date), col(Relationship.end_date)
        statement = statement.where(or_(begin.is_(None), begin <= query.on), or_(end.is_(None), end >= query.on))
    return statement
