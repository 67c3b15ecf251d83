"""How the columns of a file become those of a table, as SQL over its staged rows.

A target's `fields` are computed once for each row `s`, whose columns `raw_*` hold the text as it came; its `checks`
then see both as `x`. A check says when a row cannot be kept, or (`warning`) is kept without that field. `:district` is
the district's id: these statements make temporary tables, and such take no parameters.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from services.districts.roster_imports.files import KEPT, FileShape, snake

_TRIM = re.compile(r"btrim\(([sx]\.raw_\w+)\)")
REQUIRED, DANGLING, VOCABULARY, DATE = "required", "dangling_reference", "unknown_value", "bad_date"


@dataclass(frozen=True, slots=True)
class Check:
    column: str  # as the CSV names it
    code: str
    fails: str
    severity: Literal["error", "warning"] = "error"
    refers_to: str = ""  # the table that a dangling reference should lead to


@dataclass(frozen=True, slots=True)
class Target:
    """Where a file's rows go; `hashed` are the expressions whose change makes a row another one."""

    shape: FileShape
    table: str
    fields: dict[str, str]
    checks: tuple[Check, ...]
    joins: str = ""
    hashed: tuple[str, ...] = field(default_factory=tuple)
    has_parent: bool = False

    @property
    def staging(self) -> str:
        return f"stage_{self.table}"


def raw(name: str) -> str:
    return f"s.raw_{snake(name)}"


def text(name: str, row: str = "s") -> str:
    return f"nullif(btrim({row}.raw_{snake(name)}), '')"


def texts(*names: str) -> dict[str, str]:
    return {snake(name): text(name) for name in names}


def day(name: str) -> str:
    """Read a date in ISO or American order, with or without a time; null for all else and for years past any use.

    Nearly every date is plain ISO, and a quick look tells: a roster has ten million of them.
    """
    start = f"left(btrim({raw(name)}), 10)"
    valid = f"left({start}, 1) between '0' and '9' and pg_input_is_valid({start}, 'date')"
    sane = f"{start}::date between '1900-01-01' and '9998-12-31'"
    plain = f"{raw(name)} like '____-__-__' and {raw(name)} >= '1900' and {raw(name)} < '9999'"
    other = f"case when {valid} then case when {sane} then {start}::date end end"
    return f"case when {plain} and pg_input_is_valid({raw(name)}, 'date') then {raw(name)}::date else {other} end"


def word(name: str, *known: str) -> str:
    """Take a word of the vocabulary whatever its case, or an own one that starts with ext:."""
    cases = " ".join(f"when '{term.lower()}' then '{term}'" for term in known)
    return f"case lower({text(name)}) {cases} else case when lower({text(name)}) like 'ext:%' then {text(name)} end end"


def untrimmed(sql: str) -> str:
    """Take the text of a file's own columns as it is: that file has no blank at either end of a value."""
    return _TRIM.sub(r"\1", sql)


def items(name: str) -> str:
    one = f"position(',' in {raw(name)}) = 0"
    many = f"array(select btrim(i) from unnest(string_to_array({raw(name)}, ',')) i where btrim(i) <> '')"
    return f"case when {text(name)} is null then '{{}}' when {one} then array[{text(name)}] else {many} end"


def grades(name: str) -> str:
    """Write grades the way of CEDS: 9 is 09."""

    def padded(grade: str) -> str:
        return f"case when length({grade}) = 1 and {grade} between '0' and '9' then '0' || {grade} else {grade} end"

    one = f"position(',' in {raw(name)}) = 0"
    many = f"(select array_agg({padded('i')}) from unnest({items(name)}) i)"
    return f"""case when {text(name)} is null then '{{}}' when {one} then array[{padded(text(name))}]
               else coalesce({many}, '{{}}') end"""


def refers(table: str, alias: str, key: str) -> str:
    merged = f" or {alias}.merged_into is not null" if table == "people" else ""
    return (
        f" left join districts.{table} {alias} on {alias}.district_id = :district"
        f" and {alias}.sourced_id = {key} and ({alias}.archived_at is null{merged})"
    )


# What the source says of a duplicate is said of the person into whom it was merged.
WHO = "coalesce(p.merged_into, p.id)"


def required(*names: str) -> tuple[Check, ...]:
    return tuple(Check(name, REQUIRED, f"{text(name, 'x')} is null") for name in names)


def needs(name: str, found: str, code: str, refers_to: str = "") -> tuple[Check, ...]:
    """Say that a row is worth nothing without this: filled in, and understood. Nearly every row has it: one look."""
    missing = f"x.{found} is null"
    empty = Check(name, REQUIRED, f"{missing} and {text(name, 'x')} is null")
    return (empty, Check(name, code, missing, refers_to=refers_to))


def doubts(name: str, found: str, code: str, refers_to: str = "") -> Check:
    return Check(name, code, f"x.{found} is null and {text(name, 'x')} is not null", "warning", refers_to)


def key(name: str) -> str:
    return f"btrim({raw(name)})"


ROLES = (
    "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
    "siteAdministrator", "student", "systemAdministrator", "teacher", "administrator",
)  # fmt: skip
_ROLE = word("role", *ROLES)
_USER_IDS = (
    "case when s.raw_user_ids like '%{%' then (select jsonb_agg(jsonb_build_object('type', btrim(m[1]),"
    r" 'identifier', btrim(m[2]))) from regexp_matches(s.raw_user_ids, '\{([^{}:]+):([^{}]+)\}', 'g') m) end"
)
_TERM_IDS = (
    "(select coalesce(array_agg(t.id order by t.start_date, t.id), '{}') from districts.terms t"
    f" where t.district_id = :district and t.archived_at is null and t.sourced_id = any({items('termSourcedIds')}))"
)
# 1.1 has no primary organisation; its users' first one serves, so that the same person reads the same in both.
_PRIMARY_ORG = (
    "coalesce(nullif(btrim(s.raw_primary_org_sourced_id), ''), btrim(split_part(s.raw_org_sourced_ids, ',', 1)))"
)


def target(
    name: str,
    table: str,
    fields: dict[str, str],
    checks: tuple[Check, ...],
    *,
    joins: str = "",
    has_parent: bool = False,
) -> Target:
    shape = KEPT[name]
    if name == "users":
        own = [c for c in shape.columns if c not in {"orgSourcedIds", "role", "primaryOrgSourcedId"}]
        return Target(shape, table, fields, checks, joins, (*map(raw, own), _PRIMARY_ORG))
    return Target(shape, table, fields, checks, joins, tuple(map(raw, shape.columns)), has_parent)


def flag(name: str) -> str:
    return f"case lower({text(name)}) when 'true' then true when 'false' then false end"


_RACES = (
    "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander", "white",
    "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
)  # fmt: skip
ROSTERED = (
    target(
        "orgs", "orgs",
        {**texts("name", "identifier"),
         "type": word("type", "department", "district", "local", "national", "school", "state")},
        (*required("name"), *needs("type", "type", VOCABULARY)),
        has_parent=True,
    ),
    target(
        "academicSessions", "terms",
        {
            **texts("title"), "type": word("type", "gradingPeriod", "semester", "schoolYear", "term"),
            "start_date": day("startDate"), "end_date": day("endDate"),
            "school_year": r"coalesce(substring(s.raw_school_year from '(\d\d\d\d)\s*$')::int,"
            f" extract(year from {day('endDate')})::int)",
        },
        (
            *required("title"), *needs("type", "type", VOCABULARY), *needs("startDate", "start_date", DATE),
            *needs("endDate", "end_date", DATE),
        ),
        has_parent=True,
    ),
    target(
        "courses", "courses",
        {
            **texts("title", "courseCode"), "grades": grades("grades"), "subjects": items("subjects"),
            "subject_codes": items("subjectCodes"), "org_id": "o.id", "school_year_id": "y.id",
        },
        (
            *required("title"),
            Check("orgSourcedId", DANGLING, f"x.org_id is null and {text('orgSourcedId', 'x')} is not null",
                  refers_to="orgs"),
            doubts("schoolYearSourcedId", "school_year_id", DANGLING, "terms"),
        ),
        joins=refers("orgs", "o", key("orgSourcedId")) + refers("terms", "y", key("schoolYearSourcedId")),
    ),
    target(
        "classes", "classes",
        {
            "title": f"coalesce({text('title')}, {text('classCode')}, c.title)",  # elementary classes have none
            **texts("classCode", "location"), "class_type": word("classType", "homeroom", "scheduled"),
            "grades": grades("grades"), "subjects": items("subjects"), "subject_codes": items("subjectCodes"),
            "periods": items("periods"), "course_id": "c.id", "org_id": "o.id", "term_ids": _TERM_IDS,
        },
        (
            *needs("courseSourcedId", "course_id", DANGLING, "courses"),
            *needs("schoolSourcedId", "org_id", DANGLING, "orgs"), doubts("classType", "class_type", VOCABULARY),
            Check("termSourcedIds", DANGLING, f"x.term_ids = '{{}}' and {text('termSourcedIds', 'x')} is not null",
                  refers_to="terms"),
            Check("termSourcedIds", DANGLING,
                  "cardinality(x.term_ids) < cardinality(string_to_array(btrim(x.raw_term_sourced_ids, ' ,'), ','))",
                  "warning", "terms"),
        ),
        joins=refers("courses", "c", key("courseSourcedId")) + refers("orgs", "o", key("schoolSourcedId")),
    ),
    target(
        "users", "people",
        {
            **texts(
                "givenName", "familyName", "middleName", "preferredGivenName", "preferredMiddleName",
                "preferredFamilyName", "pronouns", "username", "email", "phone", "sms", "identifier",
                "userMasterIdentifier",
            ),
            "user_ids": _USER_IDS, "grades": grades("grades"), "agent_sourced_ids": items("agentSourcedIds"),
            "enabled": "coalesce(lower(btrim(s.raw_enabled_user)), '') not in ('false', '0', 'no')",
            "primary_org_id": "o.id",
        },
        (*required("givenName", "familyName"), doubts("primaryOrgSourcedId", "primary_org_id", DANGLING, "orgs")),
        joins=refers("orgs", "o", _PRIMARY_ORG),
    ),
    target(
        "userProfiles", "user_profiles",
        {"person_id": WHO, **texts("profileType", "vendorId", "applicationId", "description", "credentialType",
                                   "username")},
        (*required("profileType", "vendorId"), *needs("userSourcedId", "person_id", DANGLING, "people")),
        joins=refers("people", "p", key("userSourcedId")),
    ),
    target(
        "roles", "roles",
        {
            "person_id": WHO, "org_id": "o.id",
            # 1.1 knows one administrator; 1.2 tells them apart by where they are.
            "role": f"case {_ROLE} when 'administrator' then case o.type when 'district' then"
            f" 'districtAdministrator' else 'siteAdministrator' end else {_ROLE} end",
            "role_type": "case lower(btrim(s.raw_role_type)) when 'secondary' then 'secondary' else 'primary' end",
            "begin_date": day("beginDate"), "end_date": day("endDate"), "user_profile": text("userProfileSourcedId"),
        },
        (
            *needs("role", "role", VOCABULARY), *needs("userSourcedId", "person_id", DANGLING, "people"),
            *needs("orgSourcedId", "org_id", DANGLING, "orgs"), doubts("beginDate", "begin_date", DATE),
            doubts("endDate", "end_date", DATE),
        ),
        joins=refers("people", "p", key("userSourcedId")) + refers("orgs", "o", key("orgSourcedId")),
    ),
    target(
        "enrollments", "enrollments",
        {
            "class_id": "c.id", "org_id": "c.org_id", "person_id": WHO,
            "role": word("role", "administrator", "proctor", "student", "teacher"),
            "is_primary": "case lower(btrim(s.raw_primary)) when 'true' then true when 'false' then false end",
            "begin_date": day("beginDate"), "end_date": day("endDate"),
        },
        (
            *needs("role", "role", VOCABULARY), *needs("classSourcedId", "class_id", DANGLING, "classes"),
            *needs("userSourcedId", "person_id", DANGLING, "people"), doubts("beginDate", "begin_date", DATE),
            doubts("endDate", "end_date", DATE),
        ),
        joins=refers("classes", "c", key("classSourcedId")) + refers("people", "p", key("userSourcedId")),
    ),
    target(
        "demographics", "demographics",
        {
            "person_id": "p.id", "birth_date": day("birthDate"),
            "sex": word("sex", "male", "female", "unspecified", "other"), **{snake(r): flag(r) for r in _RACES},
            **texts("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus"),
        },
        (
            Check("sourcedId", DANGLING, "x.person_id is null", refers_to="people"),
            doubts("birthDate", "birth_date", DATE), doubts("sex", "sex", VOCABULARY),
        ),
        joins=refers("people", "p", key("sourcedId")),
    ),
)  # fmt: skip
