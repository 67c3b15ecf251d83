from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from services.coaching.credits.models import Credit
from services.coaching.credits.schemas import CreditQuery
from services.coaching.people import staff_of
from shared.access.policies import CREDITS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal


def visible_to(who: Principal) -> Select[Credit]:
    """One's own, and those of the staff that one leads."""
    columns = Columns(Credit, staff=staff_of(who))
    return select(Credit).where(col(Credit.district_id) == who.district_id, allowed(CREDITS, who, columns))


def found(who: Principal, query: CreditQuery) -> Select[Credit]:
    statement: Any = visible_to(who)
    if query.person_id is not None:
        statement = statement.where(col(Credit.person_id) == query.person_id)
    if query.activity_id is not None:
        statement = statement.where(col(Credit.activity_id) == query.activity_id)
    found: Select[Credit] = statement
    return found
