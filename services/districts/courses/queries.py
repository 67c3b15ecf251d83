from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.courses.models import Course
from services.districts.courses.schemas import CourseQuery
from services.districts.rostered import by_external_id
from shared.access.policies import COURSES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Course]:
    return select(Course).where(col(Course.district_id) == who.district_id, allowed(COURSES, who, Columns(Course)))


def found(who: Principal, query: CourseQuery) -> Select[Course]:
    statement = by_external_id(filtered(visible_to(who), Course, query), Course, query)
    for name in (
        "org_id",
        "school_year_id",
    ):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(Course, name) == value)
    return statement
