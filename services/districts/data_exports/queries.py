from sqlalchemy import Select, true
from sqlmodel import col

from services.districts.data_exports.models import DataExport
from services.districts.data_exports.records import visible_to
from services.districts.data_exports.schemas import DataExportQuery
from shared.access.principals import Principal


def found(who: Principal, query: DataExportQuery) -> Select[DataExport]:
    return visible_to(who).where(col(DataExport.person_id) == query.person_id if query.person_id else true())
