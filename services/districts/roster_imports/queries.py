from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.roster_imports.models import RosterImport, RosterImportError
from services.districts.roster_imports.records import visible_to
from services.districts.roster_imports.schemas import RosterImportQuery, RowErrorQuery
from shared.access.principals import Principal


def found(who: Principal, query: RosterImportQuery) -> Select[RosterImport]:
    statement = visible_to(who)
    return statement if query.state is None else statement.where(col(RosterImport.state) == query.state)


def errors_of(who: Principal, import_id: UUID, query: RowErrorQuery) -> Select[RosterImportError]:
    statement = select(RosterImportError).where(
        col(RosterImportError.district_id) == who.district_id, col(RosterImportError.import_id) == import_id
    )
    if query.file is not None:
        statement = statement.where(col(RosterImportError.file) == query.file)
    if query.code is not None:
        statement = statement.where(col(RosterImportError.code) == query.code)
    return statement
