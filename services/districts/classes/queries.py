from sqlalchemy import Select, any_
from sqlmodel import col, select

from services.districts.classes.models import Class
from services.districts.classes.schemas import ClassQuery
from services.districts.rostered import by_external_id
from services.districts.tables import FORMER
from shared.access.policies import CLASSES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Class]:
    # A tombstone is OneRoster's alone.
    is_row = (col(Class.district_id) == who.district_id, col(Class.source) != FORMER)
    return select(Class).where(*is_row, allowed(CLASSES, who, Columns(Class)))


def found(who: Principal, query: ClassQuery) -> Select[Class]:
    statement = by_external_id(filtered(visible_to(who), Class, query), Class, query)
    for name in (
        "org_id",
        "course_id",
    ):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(Class, name) == value)
    if query.term_id is not None:
        statement = statement.where(any_(col(Class.term_ids)) == query.term_id)
    return statement
