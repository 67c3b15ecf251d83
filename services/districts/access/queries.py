from collections.abc import Collection
from uuid import UUID

from sqlmodel import col

from services.districts.relationships.models import Relationship
from services.districts.relationships.queries import visible_to
from shared.units import Unit

_MOST = 200


async def relationships_of(
    unit: Unit, people: Collection[UUID] | None = None, *, ids: Collection[UUID] | None = None
) -> list[Relationship]:
    """Give the relationships of these people, or of these ids; those that ended and those withdrawn too."""
    statement = visible_to(unit.who).order_by(col(Relationship.id)).limit(_MOST)
    if people is not None:
        statement = statement.where(col(Relationship.person_id).in_(people))
    if ids is not None:
        statement = statement.where(col(Relationship.id).in_(ids))
    return list((await unit.session.execute(statement)).scalars())
