from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.prior_ratings.models import PriorRating
from services.observations.prior_ratings.schemas import PriorRatingQuery
from shared.access.matching import matching
from shared.access.policies import PRIOR_RATINGS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[PriorRating]:
    """One's own, and those that were given where one is an administrative leader."""
    return select(PriorRating).where(
        col(PriorRating.district_id) == who.district_id, allowed(PRIOR_RATINGS, who, Columns(PriorRating))
    )


def found(who: Principal, query: PriorRatingQuery) -> Select[PriorRating]:
    statement: Any = filtered(visible_to(who), PriorRating, query)
    names = ("teacher_id", "school_id", "school_year")
    found: Select[PriorRating] = matching(statement, PriorRating, who.district_id, query, names)
    return found
