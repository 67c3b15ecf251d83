"""The rows of each file, as one statement over the tables: what COPY writes out, a set at a time.

`x` is the table's row. A reference without which a row is worth nothing ends the row with it: a bulk leaves such a row
out, a delta says that it is to be deleted. Any other reference to what has ended is left empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.districts.oneroster.documents import shown
from services.districts.oneroster.tombstones import TABLES
from services.districts.roster_exports.rules import V11, V12
from services.districts.roster_imports.files import snake
from services.districts.tables import FORMER
from shared.database import Connection

MOST_EXTENSIONS = 200


@dataclass(frozen=True, slots=True)
class Select:
    """`columns` are the CSV's, in its order; `needs` the aliases of references that the row cannot do without."""

    table: str
    columns: Mapping[str, str]
    joins: str = ""
    needs: tuple[str, ...] = ()
    touched: tuple[str, ...] = field(default=())  # further instants at which the row as it reads here changed

    def query(self, district_id: UUID, since: datetime | None, extension: list[str]) -> str:
        ends = [f"{alias}.archived_at" for alias in ("x", *self.needs)]
        changes = ["x.updated_at", *ends[1:], *self.touched]
        is_active = " and ".join(f"{end} is null" for end in ends)
        if since is None:
            start, chosen = "null, null", is_active
        else:
            changed = f"greatest({', '.join(changes)})"
            start = f"case when {is_active} then 'active' else 'tobedeleted' end, {instant(changed)}"
            chosen = f"{changed} > '{since.isoformat()}'::timestamptz"
            if self.table not in TABLES:  # what a tombstone of a person keeps was never told under an id of its own
                chosen += f" and x.source <> '{FORMER}'"
        own = "".join(f", {line(f'x.extension ->> {name}')}" for name in extension)
        own_id = shown("x", self.table)
        return f"""select {own_id}, {start}, {", ".join(self.columns.values())}{own}
                   from districts.{self.table} x{self.joins}
                   where x.district_id = '{district_id}' and {chosen} order by {own_id}"""

    async def extension(self, connection: Connection, district_id: UUID) -> tuple[list[str], list[str]]:
        """Give the names of the district's own columns, plain and as SQL literals."""
        rows = await connection.fetch(
            f"""select k as plain, quote_literal(k) as quoted
                from (select distinct jsonb_object_keys(extension) as k from districts.{self.table}
                      where district_id = $1 and extension is not null) n
                order by k collate "C" limit {MOST_EXTENSIONS}""",
            district_id,
        )
        return [row["plain"] for row in rows], [row["quoted"] for row in rows]


def line(sql: str) -> str:
    """Keep a field in its line: the standard allows no line break inside of it."""
    return f"translate({sql}, E'\\r\\n', '  ')"


def texts(**columns: str) -> dict[str, str]:
    return {name: line(f"x.{column}") for name, column in columns.items()}


def _items(column: str) -> str:
    return line(f"array_to_string(x.{column}, ',')")


def instant(sql: str) -> str:
    return f"""to_char(({sql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def needed(table: str, alias: str, key: str, of: str = "x") -> str:
    return f" join districts.{table} {alias} on {alias}.district_id = x.district_id and {alias}.id = {of}.{key}"


def known(table: str, alias: str, key: str) -> str:
    return f" left{needed(table, alias, key)} and {alias}.archived_at is null"


_USER_IDS = """(select string_agg('{' || (u ->> 'type') || ':' || (u ->> 'identifier') || '}', ',' order by n)
    from jsonb_array_elements(x.user_ids) with ordinality t (u, n))"""
_TERMS = """(select string_agg(t.sourced_id, ',' order by t.start_date, t.sourced_id) from districts.terms t
    where t.district_id = x.district_id and t.id = any(x.term_ids) and t.archived_at is null)"""
AGENTS = _items("agent_sourced_ids")
SHOWN_AGENTS = line("""array_to_string(array(
    select coalesce((select q.shown_id from districts.people q
                     where q.district_id = x.district_id and q.sourced_id = t.i), t.i)
    from unnest(x.agent_sourced_ids) with ordinality as t (i, n) order by t.n), ',')""")
_NAMES = {
    "username": line("x.username"), "userIds": line(_USER_IDS),
    **texts(givenName="given_name", familyName="family_name", middleName="middle_name", identifier="identifier",
             email="email", sms="sms", phone="phone"),
    "agentSourcedIds": AGENTS, "grades": _items("grades"), "password": "null",
}  # fmt: skip
# 1.1 keeps one role and the organisations in its users. Which one: the primary one; 1.1 knows fewer words for it.
_ROLES_11 = f""" left join (
    select r.person_id, max(r.updated_at) as updated_at,
           (array_agg(r.role order by r.role_type, r.sourced_id)
              filter (where r.archived_at is null and o.id is not null))[1] as role,
           string_agg({shown("o")}, ',' order by r.is_main desc, r.role_type, {shown("o")})
             filter (where r.archived_at is null and r.turn = 1) as orgs
    from (select r.*, r.org_id is not distinct from p.primary_org_id as is_main,
                 row_number() over (partition by r.person_id, r.org_id order by r.archived_at is null desc,
                                    r.role_type, r.sourced_id) as turn
          from districts.roles r join districts.people p on p.district_id = r.district_id and p.id = r.person_id
          where r.district_id = ':district') r
    left join districts.orgs o on o.district_id = ':district' and o.id = r.org_id and o.archived_at is null
    group by r.person_id) r on r.person_id = x.id"""
_ROLE_11 = """case r.role when 'principal' then 'administrator' when 'siteAdministrator' then 'administrator'
    when 'districtAdministrator' then 'administrator' when 'systemAdministrator' then 'administrator'
    when 'counselor' then 'aide' else r.role end"""

_COMMON = {
    "academicSessions": Select(
        "terms",
        {
            **texts(title="title", type="type"), "startDate": "x.start_date", "endDate": "x.end_date",
            "parentSourcedId": "p.sourced_id", "schoolYear": "lpad(x.school_year::text, 4, '0')",
        },
        known("terms", "p", "parent_id"),
    ),
    "orgs": Select(
        "orgs",
        {**texts(name="name", type="type", identifier="identifier"), "parentSourcedId": shown("p")},
        known("orgs", "p", "parent_id"),
    ),
    "courses": Select(
        "courses",
        {
            "schoolYearSourcedId": "y.sourced_id", **texts(title="title", courseCode="course_code"),
            "grades": _items("grades"), "orgSourcedId": shown("o"), "subjects": _items("subjects"),
            "subjectCodes": _items("subject_codes"),
        },
        known("terms", "y", "school_year_id") + known("orgs", "o", "org_id"),
    ),
    "classes": Select(
        "classes",
        {
            **texts(title="title"), "grades": _items("grades"), "courseSourcedId": "c.sourced_id",
            **texts(classCode="class_code", classType="class_type", location="location"),
            "schoolSourcedId": shown("o"), "termSourcedIds": _TERMS, "subjects": _items("subjects"),
            "subjectCodes": _items("subject_codes"), "periods": _items("periods"),
        },
        needed("courses", "c", "course_id") + needed("orgs", "o", "org_id"), ("c", "o"),
    ),
    "enrollments": Select(
        "enrollments",
        {
            "classSourcedId": shown("c"), "schoolSourcedId": shown("o"), "userSourcedId": shown("p"),
            "role": "x.role", "primary": "x.is_primary::text", "beginDate": "x.begin_date", "endDate": "x.end_date",
        },
        needed("classes", "c", "class_id") + needed("courses", "cc", "course_id", of="c")
        + needed("orgs", "o", "org_id") + needed("people", "p", "person_id"), ("c", "cc", "o", "p"),
    ),
}  # fmt: skip
_USERS_11 = Select(
    "people",
    {"enabledUser": "x.enabled::text", "orgSourcedIds": "r.orgs", "role": _ROLE_11, **_NAMES},
    _ROLES_11, touched=("r.updated_at",),
)  # fmt: skip
_USERS = Select(
    "people",
    {
        "enabledUser": "x.enabled::text", **_NAMES,
        **texts(
            userMasterIdentifier="user_master_identifier", preferredGivenName="preferred_given_name",
            preferredMiddleName="preferred_middle_name", preferredFamilyName="preferred_family_name",
        ),
        "primaryOrgSourcedId": shown("o"), **texts(pronouns="pronouns"),
    },
    known("orgs", "o", "primary_org_id"),
)  # fmt: skip
_ROLES = Select(
    "roles",
    {
        "userSourcedId": shown("p"), "roleType": "x.role_type", "role": "x.role", "beginDate": "x.begin_date",
        "endDate": "x.end_date", "orgSourcedId": shown("o"), **texts(userProfileSourcedId="user_profile"),
    },
    needed("people", "p", "person_id") + needed("orgs", "o", "org_id"), ("p", "o"),
)  # fmt: skip
_PROFILES = Select(
    "user_profiles",
    {
        "userSourcedId": shown("p"),
        **texts(
            profileType="profile_type", vendorId="vendor_id", applicationId="application_id", description="description",
            credentialType="credential_type", username="username",
        ),
        "password": "null",
    },
    needed("people", "p", "person_id"), ("p",),
)  # fmt: skip
_ORIGINS = (
    "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander", "white",
    "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
)  # fmt: skip
DEMOGRAPHICS = Select(
    "demographics",
    {
        "birthDate": "x.birth_date", **texts(sex="sex"), **{name: f"x.{snake(name)}::text" for name in _ORIGINS},
        **texts(
            countryOfBirthCode="country_of_birth_code", stateOfBirthAbbreviation="state_of_birth_abbreviation",
            cityOfBirth="city_of_birth", publicSchoolResidenceStatus="public_school_residence_status",
        ),
    },
    needed("people", "p", "person_id"), ("p",),
)  # fmt: skip
SELECTS: dict[str, dict[str, Select]] = {
    V11: {**_COMMON, "users": _USERS_11},
    V12: {**_COMMON, "users": _USERS, "roles": _ROLES, "userProfiles": _PROFILES},
}
