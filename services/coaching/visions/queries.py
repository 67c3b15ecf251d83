from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from services.coaching.visions.models import Vision
from services.coaching.visions.schemas import VisionQuery
from shared.access.policies import VISIONS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Vision]:
    """A vision is for everybody of the district to see."""
    return select(Vision).where(col(Vision.district_id) == who.district_id, allowed(VISIONS, who, Columns(Vision)))


def found(who: Principal, query: VisionQuery) -> Select[Vision]:
    statement: Any = filtered(visible_to(who), Vision, query)
    if query.org_id is not None:
        statement = statement.where(col(Vision.org_id) == query.org_id)
    found: Select[Vision] = statement
    return found
