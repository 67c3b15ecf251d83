from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.dated import holds_on
from services.districts.enrollments.models import Enrollment
from services.districts.enrollments.schemas import EnrollmentQuery
from services.districts.people.models import Person
from services.districts.people.queries import visible_to as visible_people
from services.districts.references import who_is
from services.districts.rostered import by_external_id
from shared.access.policies import ENROLLMENTS
from shared.access.policy import Action, Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Enrollment]:
    """Only staff in other seats than a student's: students' rows leave by OneRoster alone."""
    staff = visible_people(who).with_only_columns(col(Person.id))
    columns = Columns(Enrollment, parents={("person", Action.SEE): staff})
    return select(Enrollment).where(col(Enrollment.district_id) == who.district_id, allowed(ENROLLMENTS, who, columns))


def found(who: Principal, query: EnrollmentQuery) -> Select[Enrollment]:
    statement = by_external_id(filtered(visible_to(who), Enrollment, query), Enrollment, query)
    for name in (
        "class_id",
        "org_id",
        "person_id",
        "role",
    ):
        value = getattr(query, name)
        if value is not None:
            known = who_is(who.district_id, value) if name == "person_id" else value
            statement = statement.where(getattr(Enrollment, name) == known)
    if query.as_of is not None:
        statement = statement.where(holds_on(Enrollment, query.as_of))
    return statement
