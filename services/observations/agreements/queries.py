from sqlalchemy import Select, and_, or_, true
from sqlmodel import col, select

from services.observations.agreements.models import Agreement
from services.observations.agreements.schemas import AgreementQuery
from shared.access.policies import AGREEMENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Agreement]:
    """Everybody sees what was agreed; a draft is for the staff and the leaders of the place."""
    return select(Agreement).where(
        col(Agreement.district_id) == who.district_id, allowed(AGREEMENTS, who, Columns(Agreement))
    )


def found(who: Principal, query: AgreementQuery) -> Select[Agreement]:
    its, day = Agreement, query.as_of
    return filtered(visible_to(who), its, query).where(
        col(its.org_id) == query.org_id if query.org_id else true(),
        col(its.state) == query.state.value if query.state else true(),
        and_(col(its.ratified_on) <= day, or_(col(its.ended_on).is_(None), col(its.ended_on) > day)) if day else true(),
    )
