"""The twelve collections of OneRoster rostering, the same for 1.2 and 1.1."""

from services.districts.oneroster.collections import (
    Collection,
    Kind,
    Member,
    base_asked,
    children,
    column,
    days,
    join,
    lists,
    texts,
)
from services.districts.oneroster.documents import (
    READY,
    base_members,
    filled,
    json_array,
    json_object,
    json_of,
    plain,
    reference,
    shown,
)

_SESSION = {
    "title": column("title"),
    "startDate": plain("x.start_date"),
    "endDate": plain("x.end_date"),
    "type": column("type"),
    "parent": reference("academicSessions", "academicSession", "p.sourced_id"),
    "children": children("terms", "academicSessions", "academicSession"),
    "schoolYear": plain("lpad(x.school_year::text, 4, '0')"),
}
_ORG = {
    "name": column("name"),
    "type": column("type"),
    "identifier": json_of("coalesce(x.identifier, '')"),  # REST demands one, CSV does not
    "parent": reference("orgs", "org", shown("p")),
    "children": children("orgs", "orgs", "org"),
}
_COURSE = {
    "title": column("title"),
    "schoolYear": reference("academicSessions", "academicSession", "y.sourced_id"),
    "courseCode": json_of("coalesce(x.course_code, '')"),  # REST demands one, CSV does not
    "grades": filled("x.grades"),
    "subjects": filled("x.subjects"),
    "org": reference("orgs", "org", shown("o")),
    "subjectCodes": filled("x.subject_codes"),
}
_TERM = reference("academicSessions", "academicSession", "t.sourced_id")
_CLASS = {
    "title": column("title"),
    "classCode": column("class_code"),
    "classType": column("class_type"),
    "location": column("location"),
    "grades": filled("x.grades"),
    "subjects": filled("x.subjects"),
    "course": reference("courses", "course", "c.sourced_id"),
    "school": reference("orgs", "org", shown("o")),
    "terms": f"""coalesce((select {json_array(_TERM, "t.start_date, t.sourced_id")}
        from districts.terms t where t.district_id = x.district_id and t.id = any(x.term_ids)), '[]')""",
    "subjectCodes": filled("x.subject_codes"),
    "periods": filled("x.periods"),
}
_ENROLLMENT = {
    "user": reference("users", "user", shown("u")),
    "class": reference("classes", "class", shown("c")),
    "school": reference("orgs", "org", shown("o")),
    "role": column("role"),
    "primary": plain("x.is_primary::text"),
    "beginDate": plain("x.begin_date"),
    "endDate": plain("x.end_date"),
}
_FLAGS = {
    "americanIndianOrAlaskaNative": "x.american_indian_or_alaska_native",
    "asian": "x.asian",
    "blackOrAfricanAmerican": "x.black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "x.native_hawaiian_or_other_pacific_islander",
    "white": "x.white",
    "demographicRaceTwoOrMoreRaces": "x.demographic_race_two_or_more_races",
    "hispanicOrLatinoEthnicity": "x.hispanic_or_latino_ethnicity",
}
_PLACES = {
    "countryOfBirthCode": "country_of_birth_code", "stateOfBirthAbbreviation": "state_of_birth_abbreviation",
    "cityOfBirth": "city_of_birth", "publicSchoolResidenceStatus": "public_school_residence_status",
}  # fmt: skip
_GONE = "case when x.archived_at is null and u.archived_at is null then 'active' else 'tobedeleted' end"
_DEMOGRAPHICS = {
    "birthDate": plain("x.birth_date"),
    "sex": column("sex"),
    **{name: plain(f"{flag}::text") for name, flag in _FLAGS.items()},
    **{name: column(place) for name, place in _PLACES.items()},
}
_USER_MEMBERS = {
    **base_asked("people"),
    **texts(
        userMasterIdentifier="user_master_identifier", username="username", givenName="given_name",
        familyName="family_name", middleName="middle_name", preferredFirstName="preferred_given_name",
        preferredMiddleName="preferred_middle_name", preferredLastName="preferred_family_name", pronouns="pronouns",
        identifier="identifier", email="email", sms="sms", phone="phone",
    ),
    **lists(grades="grades"),
    "userIds.type": Member("array(select i ->> 'type' from jsonb_array_elements(x.user_ids) i)", Kind.LIST),
    "userIds.identifier": Member("array(select i ->> 'identifier' from jsonb_array_elements(x.user_ids) i)", Kind.LIST),
    "enabledUser": Member("x.enabled::text"),
    "primaryOrg.sourcedId": Member(shown("o")),
    "role": Member("r.role", Kind.ROLES),
    "roles.role": Member("r.role", Kind.ROLES),
    "roles.roleType": Member("r.role_type", Kind.ROLES),
    "roles.org.sourcedId": Member(shown("ro"), Kind.ROLES),
    "orgs.sourcedId": Member(shown("ro"), Kind.ROLES),
}  # fmt: skip


def _sessions(path: str, where: str = "") -> Collection:
    return Collection(
        path, "academicSessions", "academicSession", "terms", json_object({**base_members("terms"), **_SESSION}),
        {
            **base_asked("terms"), **texts(title="title", type="type"),
            **days(startDate="start_date", endDate="end_date"),
            "schoolYear": Member("lpad(x.school_year::text, 4, '0')"), "parent.sourcedId": Member("p.sourced_id"),
        },
        join("terms", "p", "x.parent_id"), where,
    )  # fmt: skip


def _orgs(path: str, where: str = "") -> Collection:
    return Collection(
        path, "orgs", "org", "orgs", json_object({**base_members("orgs"), **_ORG}),
        {
            **base_asked("orgs"), **texts(name="name", type="type", identifier="identifier"),
            "parent.sourcedId": Member(shown("p")),
        },
        join("orgs", "p", "x.parent_id"), where,
    )  # fmt: skip


def _users(path: str, role: str = "") -> Collection:
    # Who left keeps, for the reader, the roles that ended with it.
    where = f"""x.id in (select r.person_id from districts.roles r join districts.people q
        on q.district_id = r.district_id and q.id = r.person_id
        where r.district_id = $1 and r.role = '{role}' and (r.archived_at is null or r.archived_at = q.archived_at))"""
    return Collection(
        path, "users", "user", "people", READY, _USER_MEMBERS, join("orgs", "o", "x.primary_org_id"),
        where if role else "", ready="user_documents",
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
            "courses", "courses", "course", "courses", json_object({**base_members("courses"), **_COURSE}),
            {
                **base_asked("courses"), **texts(title="title", courseCode="course_code"),
                **lists(grades="grades", subjects="subjects", subjectCodes="subject_codes"),
                "schoolYear": Member("y.sourced_id"), "schoolYear.sourcedId": Member("y.sourced_id"),
                "org.sourcedId": Member(shown("o")),
            },
            join("orgs", "o", "x.org_id") + join("terms", "y", "x.school_year_id"),
        ),
        Collection(
            "classes", "classes", "class", "classes", json_object({**base_members("classes"), **_CLASS}),
            {
                **base_asked("classes"),
                **texts(title="title", classCode="class_code", classType="class_type", location="location"),
                **lists(grades="grades", subjects="subjects", subjectCodes="subject_codes", periods="periods"),
                "course.sourcedId": Member("c.sourced_id"), "school.sourcedId": Member(shown("o")),
                "terms.sourcedId": Member(
                    """array(select t.sourced_id from districts.terms t where t.district_id = x.district_id
                       and t.id = any(x.term_ids))""", Kind.LIST
                ),
            },
            join("courses", "c", "x.course_id") + join("orgs", "o", "x.org_id"),
        ),
        _users("users"),
        _users("students", "student"),
        _users("teachers", "teacher"),
        Collection(
            "enrollments", "enrollments", "enrollment", "enrollments",
            json_object({**base_members("enrollments"), **_ENROLLMENT}),
            {
                **base_asked("enrollments"), **texts(role="role"), **days(beginDate="begin_date", endDate="end_date"),
                "primary": Member("x.is_primary::text"), "user.sourcedId": Member(shown("u")),
                "class.sourcedId": Member(shown("c")), "school.sourcedId": Member(shown("o")),
            },
            join("people", "u", "x.person_id") + join("classes", "c", "x.class_id") + join("orgs", "o", "x.org_id"),
        ),
        Collection(
            "demographics", "demographics", "demographics", "demographics",
            json_object({**base_members("demographics"), "status": plain(_GONE), **_DEMOGRAPHICS}),
            {
                **base_asked("demographics"), "status": Member(_GONE), **texts(sex="sex", **_PLACES),
                **days(birthDate="birth_date"),
                **{name: Member(f"{flag}::text") for name, flag in _FLAGS.items()},
            },
            join("people", "u", "x.person_id"),
        ),
    )
}  # fmt: skip
