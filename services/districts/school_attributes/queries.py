from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts import dated
from services.districts.orgs.models import Org
from services.districts.school_attributes.models import SchoolAttributes
from services.districts.school_attributes.schemas import SchoolAttributesQuery
from shared.access.policies import SCHOOL_ATTRIBUTES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit


def visible_to(who: Principal) -> Select[SchoolAttributes]:
    """Whoever has the scope sees every school's; small numbers are hidden from all of them (rules.hidden)."""
    return select(SchoolAttributes).where(
        col(SchoolAttributes.district_id) == who.district_id, allowed(SCHOOL_ATTRIBUTES, who, Columns(SchoolAttributes))
    )


def found(who: Principal, query: SchoolAttributesQuery) -> Select[SchoolAttributes]:
    return dated.found(who, visible_to(who), SchoolAttributes, query, "org_id", "school_year", "title_i")


async def stands_above_schools(unit: Unit, org_id: UUID) -> bool:
    statement = select(col(Org.id)).where(
        col(Org.district_id) == unit.district_id, col(Org.parent_id) == org_id, col(Org.type) == "school"
    )
    return (await unit.session.execute(statement.limit(1))).first() is not None
