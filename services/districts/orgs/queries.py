from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.orgs.models import Org
from services.districts.orgs.schemas import OrgQuery
from services.districts.rostered import by_external_id
from services.districts.tables import FORMER
from shared.access.policies import ORGS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Org]:
    is_row = (col(Org.district_id) == who.district_id, col(Org.source) != FORMER)  # a tombstone is OneRoster's alone
    return select(Org).where(*is_row, allowed(ORGS, who, Columns(Org)))


def found(who: Principal, query: OrgQuery) -> Select[Org]:
    statement = by_external_id(filtered(visible_to(who), Org, query), Org, query)
    if query.type is not None:
        statement = statement.where(col(Org.type) == query.type)
    if query.parent_id is not None:
        statement = statement.where(col(Org.parent_id) == query.parent_id)
    return statement
