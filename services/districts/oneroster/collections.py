"""The collections of OneRoster 1.2 rostering, as data: where the rows are, how one reads as JSON, what one can ask.

Each is one `from` clause over `x`, the table's row, whose order is `x.id`. A field says how a filter or a sort sees a
member; members of references are reached by a dotted path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from services.districts.oneroster.documents import (
    BASE_MEMBERS,
    USER,
    filled,
    json_array,
    json_object,
    json_of,
    plain,
    reference,
    status,
)


class Kind(Enum):
    TEXT = auto()
    INSTANT = auto()
    DAY = auto()
    LIST = auto()
    ROLES = auto()  # an expression over `r`, a role, and `ro`, its organisation: any of the user's roles may match


@dataclass(frozen=True, slots=True)
class Member:
    sql: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Collection:
    path: str
    many: str
    one: str
    table: str
    document: str
    members: Mapping[str, Member]
    selectable: tuple[str, ...]
    joins: str = ""
    where: str = ""
    ready: str = field(default="")  # a table of ready documents, read instead where nothing is asked of the row itself


_BASE = ("sourcedId", "status", "dateLastModified", "metadata")
_BASE_MEMBERS = {
    "sourcedId": Member("x.sourced_id"),
    "status": Member(status("x")),
    "dateLastModified": Member("x.updated_at", Kind.INSTANT),
}


def _texts(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{column}") for name, column in columns.items()}


def _lists(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{column}", Kind.LIST) for name, column in columns.items()}


def _days(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{column}", Kind.DAY) for name, column in columns.items()}


def _join(table: str, alias: str, key: str) -> str:
    return f" left join districts.{table} {alias} on {alias}.district_id = x.district_id and {alias}.id = {key}"


def _children(table: str, path: str, kind: str) -> str:
    return f"""(select {json_array(reference(path, kind, "k.sourced_id"), "k.sourced_id")}
        from districts.{table} k where k.district_id = x.district_id and k.parent_id = x.id
        and k.archived_at is null)"""


def _column(name: str) -> str:
    return json_of(f"x.{name}")


_SESSION = {
    "title": _column("title"),
    "startDate": plain("x.start_date"),
    "endDate": plain("x.end_date"),
    "type": _column("type"),
    "parent": reference("academicSessions", "academicSession", "p.sourced_id"),
    "children": _children("terms", "academicSessions", "academicSession"),
    "schoolYear": plain("lpad(x.school_year::text, 4, '0')"),
}
_ORG = {
    "name": _column("name"),
    "type": _column("type"),
    "identifier": _column("identifier"),
    "parent": reference("orgs", "org", "p.sourced_id"),
    "children": _children("orgs", "orgs", "org"),
}
_COURSE = {
    "title": _column("title"),
    "schoolYear": reference("academicSessions", "academicSession", "y.sourced_id"),
    "courseCode": _column("course_code"),
    "grades": filled("x.grades"),
    "subjects": filled("x.subjects"),
    "org": reference("orgs", "org", "o.sourced_id"),
    "subjectCodes": filled("x.subject_codes"),
}
_TERM = reference("academicSessions", "academicSession", "t.sourced_id")
_CLASS = {
    "title": _column("title"),
    "classCode": _column("class_code"),
    "classType": _column("class_type"),
    "location": _column("location"),
    "grades": filled("x.grades"),
    "subjects": filled("x.subjects"),
    "course": reference("courses", "course", "c.sourced_id"),
    "school": reference("orgs", "org", "o.sourced_id"),
    "terms": f"""coalesce((select {json_array(_TERM, "t.start_date, t.sourced_id")}
        from districts.terms t where t.district_id = x.district_id and t.id = any(x.term_ids)), '[]')""",
    "subjectCodes": filled("x.subject_codes"),
    "periods": filled("x.periods"),
}
_ENROLLMENT = {
    "user": reference("users", "user", "u.sourced_id"),
    "class": reference("classes", "class", "c.sourced_id"),
    "school": reference("orgs", "org", "o.sourced_id"),
    "role": _column("role"),
    "primary": plain("x.is_primary::text"),
    "beginDate": plain("x.begin_date"),
    "endDate": plain("x.end_date"),
}
_USER = (
    "userMasterIdentifier", "username", "userIds", "enabledUser", "givenName", "familyName", "middleName",
    "preferredFirstName", "preferredMiddleName", "preferredLastName", "pronouns", "roles", "userProfiles",
    "primaryOrg", "identifier", "email", "sms", "phone", "agents", "grades", "password", "resources",
)  # fmt: skip
_USER_MEMBERS = {
    **_BASE_MEMBERS,
    **_texts(
        userMasterIdentifier="user_master_identifier", username="username", givenName="given_name",
        familyName="family_name", middleName="middle_name", preferredFirstName="preferred_given_name",
        preferredMiddleName="preferred_middle_name", preferredLastName="preferred_family_name", pronouns="pronouns",
        identifier="identifier", email="email", sms="sms", phone="phone",
    ),
    **_lists(grades="grades"),
    "enabledUser": Member("x.enabled::text"),
    "primaryOrg.sourcedId": Member("o.sourced_id"),
    "role": Member("r.role", Kind.ROLES),
    "roles.role": Member("r.role", Kind.ROLES),
    "roles.roleType": Member("r.role_type", Kind.ROLES),
    "roles.org.sourcedId": Member("ro.sourced_id", Kind.ROLES),
    "orgs.sourcedId": Member("ro.sourced_id", Kind.ROLES),
}  # fmt: skip


def _sessions(path: str, where: str = "") -> Collection:
    return Collection(
        path, "academicSessions", "academicSession", "terms", json_object({**BASE_MEMBERS, **_SESSION}),
        {
            **_BASE_MEMBERS, **_texts(title="title", type="type"), **_days(startDate="start_date", endDate="end_date"),
            "schoolYear": Member("lpad(x.school_year::text, 4, '0')"), "parent.sourcedId": Member("p.sourced_id"),
        },
        (*_BASE, *_SESSION), _join("terms", "p", "x.parent_id"), where,
    )  # fmt: skip


def _orgs(path: str, where: str = "") -> Collection:
    return Collection(
        path, "orgs", "org", "orgs", json_object({**BASE_MEMBERS, **_ORG}),
        {
            **_BASE_MEMBERS, **_texts(name="name", type="type", identifier="identifier"),
            "parent.sourcedId": Member("p.sourced_id"),
        },
        (*_BASE, *_ORG), _join("orgs", "p", "x.parent_id"), where,
    )  # fmt: skip


def _users(path: str, role: str = "") -> Collection:
    # Who left keeps, for the reader, the roles that ended with it.
    where = f"""x.id in (select r.person_id from districts.roles r join districts.people q
        on q.district_id = r.district_id and q.id = r.person_id
        where r.district_id = $1 and r.role = '{role}' and (r.archived_at is null or r.archived_at = q.archived_at))"""
    return Collection(
        path, "users", "user", "people", USER, _USER_MEMBERS, (*_BASE, *_USER),
        _join("orgs", "o", "x.primary_org_id"), where if role else "", ready="user_documents",
    )  # fmt: skip


COLLECTIONS: dict[str, Collection] = {
    collection.path: collection
    for collection in (
        _sessions("academicSessions"),
        _sessions("terms", "x.type = 'term'"),
        _sessions("gradingPeriods", "x.type = 'gradingPeriod'"),
        _orgs("orgs"),
        _orgs("schools", "x.type = 'school'"),
        Collection(
            "courses", "courses", "course", "courses", json_object({**BASE_MEMBERS, **_COURSE}),
            {
                **_BASE_MEMBERS, **_texts(title="title", courseCode="course_code"),
                **_lists(grades="grades", subjects="subjects", subjectCodes="subject_codes"),
                "schoolYear": Member("y.sourced_id"), "schoolYear.sourcedId": Member("y.sourced_id"),
                "org.sourcedId": Member("o.sourced_id"),
            },
            (*_BASE, *_COURSE, "resources"),
            _join("orgs", "o", "x.org_id") + _join("terms", "y", "x.school_year_id"),
        ),
        Collection(
            "classes", "classes", "class", "classes", json_object({**BASE_MEMBERS, **_CLASS}),
            {
                **_BASE_MEMBERS,
                **_texts(title="title", classCode="class_code", classType="class_type", location="location"),
                **_lists(grades="grades", subjects="subjects", subjectCodes="subject_codes", periods="periods"),
                "course.sourcedId": Member("c.sourced_id"), "school.sourcedId": Member("o.sourced_id"),
                "terms.sourcedId": Member(
                    """array(select t.sourced_id from districts.terms t where t.district_id = x.district_id
                       and t.id = any(x.term_ids))""", Kind.LIST
                ),
            },
            (*_BASE, *_CLASS, "resources"),
            _join("courses", "c", "x.course_id") + _join("orgs", "o", "x.org_id"),
        ),
        _users("users"),
        _users("students", "student"),
        _users("teachers", "teacher"),
        Collection(
            "enrollments", "enrollments", "enrollment", "enrollments", json_object({**BASE_MEMBERS, **_ENROLLMENT}),
            {
                **_BASE_MEMBERS, **_texts(role="role"), **_days(beginDate="begin_date", endDate="end_date"),
                "primary": Member("x.is_primary::text"), "user.sourcedId": Member("u.sourced_id"),
                "class.sourcedId": Member("c.sourced_id"), "school.sourcedId": Member("o.sourced_id"),
            },
            (*_BASE, *_ENROLLMENT),
            _join("people", "u", "x.person_id") + _join("classes", "c", "x.class_id") + _join("orgs", "o", "x.org_id"),
        ),
    )
}  # fmt: skip
