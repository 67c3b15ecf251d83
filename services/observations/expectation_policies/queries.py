from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.expectation_policies.models import ExpectationPolicy
from services.observations.expectation_policies.schemas import ExpectationPolicyQuery
from shared.access.policies import EXPECTATION_POLICIES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[ExpectationPolicy]:
    """What is expected of whom is for everybody of the district to see."""
    return select(ExpectationPolicy).where(
        col(ExpectationPolicy.district_id) == who.district_id,
        allowed(EXPECTATION_POLICIES, who, Columns(ExpectationPolicy)),
    )


def found(who: Principal, query: ExpectationPolicyQuery) -> Select[ExpectationPolicy]:
    return filtered(visible_to(who), ExpectationPolicy, query).where(
        col(ExpectationPolicy.school_year) == query.school_year if query.school_year else true()
    )
