from sqlalchemy import Select
from sqlmodel import col

from services.districts.roster_exports.models import RosterExport
from services.districts.roster_exports.records import visible_to
from services.districts.roster_exports.schemas import RosterExportQuery
from shared.access.principals import Principal


def found(who: Principal, query: RosterExportQuery) -> Select[RosterExport]:
    statement = visible_to(who)
    return statement if query.state is None else statement.where(col(RosterExport.state) == query.state)
