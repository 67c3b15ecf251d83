from sqlalchemy import Select
from sqlmodel import col

from services.districts.roster_pulls.models import RosterPull
from services.districts.roster_pulls.records import visible_to
from services.districts.roster_pulls.schemas import RosterPullQuery
from shared.access.principals import Principal


def found(who: Principal, query: RosterPullQuery) -> Select[RosterPull]:
    statement = visible_to(who)
    if query.source_id is not None:
        statement = statement.where(col(RosterPull.source_id) == query.source_id)
    return statement if query.state is None else statement.where(col(RosterPull.state) == query.state)
