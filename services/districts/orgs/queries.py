from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.orgs.models import Org
from services.districts.orgs.schemas import OrgQuery
from services.districts.rostered import by_external_id
from shared.access.policies import ORGS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Org]:
    return select(Org).where(col(Org.district_id) == who.district_id, allowed(ORGS, who, Columns(Org)))


def found(who: Principal, query: OrgQuery) -> Select[Org]:
    statement = by_external_id(filtered(visible_to(who), Org, query), Org, query)
    if query.type is not None:
        statement = statement.where(col(Org.type) == query.type)
    if query.parent_id is not None:
        statement = statement.where(col(Org.parent_id) == query.parent_id)
    return statement
