"""What lies within what: the seventeen relation paths of OneRoster rostering.

What leads from a parent to its children (a seat, a role) counts while it is active; the children themselves are served
as everywhere, those who are gone as `tobedeleted`. Nobody knows the parent: then nothing lies within it.
"""

from collections.abc import Mapping
from dataclasses import replace

from services.districts.oneroster.collections import Collection
from services.districts.oneroster.documents import is_called
from services.districts.oneroster.rostering import COLLECTIONS


def id_of(table: str, place: str, condition: str = "") -> str:
    called = is_called("i", table, place)
    return f"(select i.id from districts.{table} i where i.district_id = $1 and {called}{condition})"


SCHOOL = id_of("orgs", "{0}", " and i.type = 'school'")
_CLASS = id_of("classes", "{0}")
_CLASS_OF_SCHOOL = id_of("classes", "{1}", f" and i.org_id = {SCHOOL}")
_COURSE, _PERSON, _TERM = id_of("courses", "{0}"), id_of("people", "{0}"), id_of("terms", "{0}")


def _seated(klass: str, role: str) -> str:
    """Who has a seat of this role in the class."""
    return f"""x.id in (select e.person_id from districts.enrollments e
        where e.district_id = $1 and e.class_id = {klass} and e.archived_at is null and e.role = '{role}')"""


def _at_school(role: str) -> str:
    """Who has this role at the school, or such a seat in one of its classes."""
    return f"""x.id in (
        select r.person_id from districts.roles r
        where r.district_id = $1 and r.org_id = {SCHOOL} and r.archived_at is null and r.role = '{role}'
        union
        select e.person_id from districts.enrollments e
        join districts.classes k on k.district_id = e.district_id and k.id = e.class_id
        where k.district_id = $1 and k.org_id = {SCHOOL} and e.archived_at is null and e.role = '{role}')"""


def _classes_of(role: str = "") -> str:
    seat = f" and e.role = '{role}'" if role else ""
    return f"""x.id in (select e.class_id from districts.enrollments e
        where e.district_id = $1 and e.person_id = {_PERSON} and e.archived_at is null{seat})"""


def within(
    collections: Mapping[str, Collection], *parents: tuple[str, str], **children: tuple[str, str]
) -> list[Collection]:
    """Give `/schools/{schoolSourcedId}/classes` and the like: the collection that is shown, and which of its rows."""
    names = tuple(name for _, name in parents)
    above = "/".join(f"{path}/{{{name}}}" for path, name in parents)
    return [
        replace(
            collections[shown], path=f"{above}/{child}", parents=names,
            where=f"{collections[shown].where} and {where}" if collections[shown].where else where,
        )
        for child, (shown, where) in children.items()
    ]  # fmt: skip


_A_SCHOOL, _A_CLASS = ("schools", "schoolSourcedId"), ("classes", "classSourcedId")
_SEATS_OF_CLASS = {
    "enrollments": ("enrollments", f"x.class_id = {_CLASS_OF_SCHOOL}"),
    "students": ("users", _seated(_CLASS_OF_SCHOOL, "student")),
    "teachers": ("users", _seated(_CLASS_OF_SCHOOL, "teacher")),
}
RELATIONS: Mapping[str, Collection] = {
    collection.path: collection
    for collection in (
        # The longer ones first: a sourcedId may hold a slash.
        *within(COLLECTIONS, _A_SCHOOL, _A_CLASS, **_SEATS_OF_CLASS),
        *within(
            COLLECTIONS, _A_SCHOOL,
            classes=("classes", f"x.org_id = {SCHOOL}"),
            courses=(
                "courses",
                f"""x.id in (select c.id from districts.courses c where c.district_id = $1 and c.org_id = {SCHOOL} union
                    select k.course_id from districts.classes k where k.district_id = $1 and k.org_id = {SCHOOL})""",
            ),
            enrollments=(
                "enrollments",
                f"""x.class_id in (select k.id from districts.classes k
                    where k.district_id = $1 and k.org_id = {SCHOOL})""",
            ),
            students=("users", _at_school("student")),
            teachers=("users", _at_school("teacher")),
            terms=(
                "terms",
                f"""x.id in (select unnest(k.term_ids) from districts.classes k
                    where k.district_id = $1 and k.org_id = {SCHOOL})""",
            ),
        ),
        *within(
            COLLECTIONS, _A_CLASS,
            students=("users", _seated(_CLASS, "student")), teachers=("users", _seated(_CLASS, "teacher")),
        ),
        *within(COLLECTIONS, ("courses", "courseSourcedId"), classes=("classes", f"x.course_id = {_COURSE}")),
        *within(
            COLLECTIONS, ("terms", "termSourcedId"),
            classes=("classes", f"x.term_ids @> array[{_TERM}]"),
            gradingPeriods=("gradingPeriods", f"x.parent_id = {_TERM}"),
        ),
        *within(COLLECTIONS, ("students", "studentSourcedId"), classes=("classes", _classes_of("student"))),
        *within(COLLECTIONS, ("teachers", "teacherSourcedId"), classes=("classes", _classes_of("teacher"))),
        *within(COLLECTIONS, ("users", "userSourcedId"), classes=("classes", _classes_of())),
    )
}  # fmt: skip
