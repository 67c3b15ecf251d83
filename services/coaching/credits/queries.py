from sqlalchemy import Select
from sqlmodel import col, select

from services.coaching.credits.models import Credit
from services.coaching.credits.schemas import CreditQuery
from services.coaching.people import staff_of
from shared.access.matching import matching
from shared.access.policies import CREDITS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal


def visible_to(who: Principal) -> Select[Credit]:
    """One's own, and those of the staff that one leads."""
    columns = Columns(Credit, staff=staff_of(who))
    return select(Credit).where(col(Credit.district_id) == who.district_id, allowed(CREDITS, who, columns))


def found(who: Principal, query: CreditQuery) -> Select[Credit]:
    found: Select[Credit] = matching(visible_to(who), Credit, who.district_id, query, ("person_id", "activity_id"))
    return found
