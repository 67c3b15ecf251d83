"""Users as OneRoster 1.2 serves them, made in PostgreSQL when they are written and read as ready text.

The public address is not in them: an href starts with a bare control character, which JSON never holds, so no value
can. A page puts the address in its place: one byte that is rare is found eight times as quickly as a word.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from shared.database import Connection

BASE = b"\x01"
# Nearly every id is of letters that a path takes as they are, and one look tells.
_ENCODED = """case when {0} !~ '[^0-9A-Za-z.@_-]' then {0} else (
    select string_agg(case when l ~ '[0-9A-Za-z.@_-]' then l
                           else upper(regexp_replace(encode(convert_to(l, 'UTF8'), 'hex'), '(..)', '%\\1', 'g')) end,
                      '' order by n) from regexp_split_to_table({0}, '') with ordinality t (l, n)) end"""


def json_of(sql: str) -> str:
    return f"to_json({sql})::text"


def json_object(members: Mapping[str, str]) -> str:
    """Write a JSON object whose members are SQL expressions of JSON text; one that is null is left out.

    Four times as quick as json_build_object and json_strip_nulls, which matters for a million users.
    """
    pairs = ", ".join(f"""'"{name}":' || {sql}""" for name, sql in members.items())
    return f"'{{' || concat_ws(',', {pairs}) || '}}'"


def json_array(sql: str, order: str) -> str:
    """Write the aggregate of JSON texts in this order; null where there is none."""
    return f"'[' || string_agg({sql}, ',' order by {order}) || ']'"


def reference(path: str, kind: str, sourced_id: str) -> str:
    """Write a reference; null where the id is."""
    link = f"""E'{{"href":"\\x01/{path}/' || ({_ENCODED.format(sourced_id)})"""
    return f"""{link} || '","sourcedId":' || {json_of(sourced_id)} || ',"type":"{kind}"}}'"""


_EITHER = re.compile(r"coalesce\((\w+)\.shown_id, \1\.sourced_id\)")
SHOWN = frozenset({"people", "orgs", "classes", "demographics"})  # what may be shown under another id: naming.py


def shown(alias: str, table: str = "people") -> str:
    """Give the id by which a row is shown."""
    return f"coalesce({alias}.shown_id, {alias}.sourced_id)" if table in SHOWN else f"{alias}.sourced_id"


def narrowed(sql: str, *, is_named: bool) -> str:
    """Put the one column that counts in this district in place of either, so that its index serves."""
    if "coalesce(" not in sql:
        return sql
    return _EITHER.sub(r"\1.shown_id" if is_named else r"\1.sourced_id", sql)


def is_called(alias: str, table: str, place: str) -> str:
    """Give the condition that a row is shown under the id at this place; an index serves it, whatever is shown."""
    if table not in SHOWN:
        return f"{alias}.sourced_id = {place}"
    return f"({alias}.shown_id = {place} or {alias}.shown_id is null and {alias}.sourced_id = {place})"


def status(row: str) -> str:
    return f"case when {row}.archived_at is null then 'active' else 'tobedeleted' end"


def plain(sql: str) -> str:
    """Quote what cannot hold anything that JSON escapes: dates, words of ours."""
    return f"""'"' || ({sql}) || '"'"""


def instant(column: str) -> str:
    return plain(f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""")


def filled(array: str) -> str:
    return f"case when cardinality({array}) > 0 then {json_of(array)} end"


def base_members(table: str) -> dict[str, str]:
    return {
        "sourcedId": json_of(shown("x", table)),
        "status": plain(status("x")),
        "dateLastModified": instant("x.updated_at"),
        "metadata": "x.extension::text",
    }


def _uri(sourced_id: str) -> str:
    """Write a profile's id, which REST wants to be a URI and CSV does not."""
    named = f"'urn:oneroster:userProfile:' || ({_ENCODED.format(sourced_id)})"
    return json_of(f"case when {sourced_id} ~ '^[a-z][a-z0-9+.-]*:' then {sourced_id} else {named} end")


_ROLE = json_object(
    {
        "roleType": json_of("r.role_type"),
        "role": json_of("r.role"),
        "org": "ro.reference",
        "userProfile": _uri("r.user_profile"),
        "beginDate": plain("r.begin_date"),
        "endDate": plain("r.end_date"),
    }
)
# By the ids that the roster's source gives them: to look each of them up is for districts that show other ones.
_AGENT = """coalesce((select q.shown_id from districts.people q
                      where q.district_id = x.district_id and q.sourced_id = t.i), t.i)"""


def _agents(named: str) -> str:
    return f"""case when cardinality(x.agent_sourced_ids) > 0 then (
    select {json_array(reference("users", "user", "a"), "a")}
    from (select {named} as a from unnest(x.agent_sourced_ids) as t (i)) n) end"""


_CREDENTIAL = json_object({"type": json_of("f.credential_type"), "username": json_of("f.username")})
_PROFILE = json_object(
    {
        "profileId": _uri("f.sourced_id"),
        "profileType": json_of("f.profile_type"),
        "vendorId": json_of("f.vendor_id"),
        "applicationId": json_of("f.application_id"),
        "description": json_of("f.description"),
        "credentials": f"case when f.credential_type <> '' and f.username <> '' then '[' || {_CREDENTIAL} || ']' end",
    }
)
# Few districts have profiles; asked once for the statement, the others pay nothing for it.
_PROFILES = f"""case when (select exists (select from districts.user_profiles f where f.district_id = $1)) then (
    select {json_array(_PROFILE, "f.sourced_id")} from districts.user_profiles f
    where f.district_id = x.district_id and f.person_id = x.id and f.archived_at is null) end"""
_COLUMNS = {
    "userMasterIdentifier": "user_master_identifier",
    "username": "username",
    "givenName": "given_name",
    "familyName": "family_name",
    "middleName": "middle_name",
    "preferredFirstName": "preferred_given_name",
    "preferredMiddleName": "preferred_middle_name",
    "preferredLastName": "preferred_family_name",
    "pronouns": "pronouns",
    "identifier": "identifier",
    "email": "email",
    "sms": "sms",
    "phone": "phone",
}
_MEMBERS = {
    **base_members("people"),
    **{name: json_of(f"x.{column}") for name, column in _COLUMNS.items()},
    "userIds": "x.user_ids::text",
    "enabledUser": plain("x.enabled::text"),
    "roles": "coalesce(g.roles, '[]')",
    "userProfiles": _PROFILES,
    "primaryOrg": "o.reference",
    "agents": _agents("t.i"),
    "grades": filled("x.grades"),
}
_USER, _NAMED_USER = json_object(_MEMBERS), json_object({**_MEMBERS, "agents": _agents(_AGENT)})

READY = "(select d.body from districts.user_documents d where d.district_id = x.district_id and d.person_id = x.id)"


def _write(chosen: str, ahead: str, user: str) -> str:
    """Write the statement for the people of the query `chosen`; references are made for all `ahead`, or as met.

    Roles are gathered once for all: for each person it would be a plan for each of a million. Who left keeps the roles
    that ended with them.
    """
    return f"""
with chosen as materialized ({chosen}), org as {ahead} (
    select o.id, {reference("orgs", "org", shown("o"))} as reference from districts.orgs o where o.district_id = $1
), given as (
    select r.person_id, {json_array(_ROLE, "r.role_type, r.sourced_id")} as roles
    from chosen c
    join districts.roles r on r.district_id = $1 and r.person_id = c.id
    join org ro on ro.id = r.org_id
    left join districts.people l on l.district_id = $1 and l.id = c.id and l.archived_at is not null
    where r.archived_at is null or r.archived_at = l.archived_at
    group by r.person_id
)
insert into districts.user_documents (district_id, person_id, body)
select x.district_id, x.id, {user}
from chosen c
join districts.people x on x.district_id = $1 and x.id = c.id
left join given g on g.person_id = x.id
left join org o on o.id = x.primary_org_id
order by x.id"""


_OVER = " on conflict (district_id, person_id) do update set body = excluded.body"


_CHANGED = """select p.id from districts.people p where p.district_id = $1 and p.updated_at = $2
    union select r.person_id from districts.roles r where r.district_id = $1 and r.updated_at = $2
    union select f.person_id from districts.user_profiles f where f.district_id = $1 and f.updated_at = $2"""


async def write_documents(
    connection: Connection, district_id: UUID, now: datetime, people: list[UUID] | None = None
) -> None:
    """Write the documents of these people, or of all who changed at `now`, themselves, by a role or by a profile."""
    is_named = "select shown_source is not null from districts.districts where district_id = $1 and id = $1"
    user = _NAMED_USER if await connection.fetchval(is_named, district_id) else _USER
    if people is None:
        statement = _write(_CHANGED, "materialized", user)
        # A first roster's people are nobody else's yet: to look for a document of each would cost a tenth of the whole.
        has_any = "select exists (select from districts.user_documents where district_id = $1)"
        statement += _OVER if await connection.fetchval(has_any, district_id) else ""
    else:
        statement = _write("select distinct id from unnest($2::uuid[]) c (id)", "not materialized", user) + _OVER
    await connection.execute(statement, district_id, now if people is None else people, timeout=None)


HELD = frozenset({"roles", "user_profiles"})  # whose rows stand in the documents of people


async def touch_holders(connection: Connection, district_id: UUID, now: datetime, holders: str) -> None:
    """Date the people of this select: what stands in their documents moved, though they themselves did not."""
    await connection.execute(
        f"""update districts.people p set updated_at = $2, version = p.version + 1
            where p.district_id = $1 and p.updated_at <> $2 and p.id in ({holders})""",
        district_id,
        now,
        timeout=None,
    )


async def count_up(connection: Connection, district_id: UUID, versions: str = "roster_versions") -> None:
    """Say that the roster is another one than before, so that what was counted is counted again."""
    await connection.execute(
        f"""insert into districts.{versions} as v (district_id, version) values ($1, 1)
           on conflict (district_id) do update set version = v.version + 1""",
        district_id,
    )
