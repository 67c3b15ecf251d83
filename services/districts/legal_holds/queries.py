from sqlalchemy import Select, true
from sqlmodel import col, select

from services.districts.legal_holds.models import LegalHold
from services.districts.legal_holds.schemas import LegalHoldQuery
from shared.access.policies import LEGAL_HOLDS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[LegalHold]:
    mine = col(LegalHold.district_id) == who.district_id
    return select(LegalHold).where(mine, allowed(LEGAL_HOLDS, who, Columns(LegalHold)))


def found(who: Principal, query: LegalHoldQuery) -> Select[LegalHold]:
    statement = filtered(visible_to(who), LegalHold, query)
    return statement.where(col(LegalHold.person_id) == query.person_id if query.person_id else true())
