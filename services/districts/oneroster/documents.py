"""Users as OneRoster 1.2 serves them, made in PostgreSQL when they are written and read as ready text.

The public address is not in them: an href starts with a control character, which JSON never holds inside a string in
this form, and a page puts the address in its place.
"""

from datetime import datetime
from uuid import UUID

from shared.database import Connection

BASE = b'"\\u0001'  # as PostgreSQL writes it; a value's own quote is escaped, so no value can look like this
_ENCODED = "replace(replace(replace(replace({0}, '%', '%25'), '/', '%2F'), '?', '%3F'), '#', '%23')"


def href(path: str, sourced_id: str) -> str:
    return f"E'\\x01/{path}/' || {_ENCODED.format(sourced_id)}"


def reference(path: str, kind: str, sourced_id: str) -> str:
    link = href(path, sourced_id)
    return f"json_build_object('href', {link}, 'sourcedId', {sourced_id}, 'type', '{kind}')"


def optional_reference(path: str, kind: str, sourced_id: str) -> str:
    return f"case when {sourced_id} is not null then {reference(path, kind, sourced_id)} end"


def status(row: str) -> str:
    return f"case when {row}.archived_at is null then 'active' else 'tobedeleted' end"


def instant(column: str) -> str:
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def filled(array: str) -> str:
    return f"case when cardinality({array}) > 0 then {array} end"


_ROLES = f"""(
    select coalesce(json_agg(json_build_object(
        'roleType', r.role_type, 'role', r.role, 'org', {reference("orgs", "org", "ro.sourced_id")},
        'userProfile', case when r.user_profile ~ '^[a-z][a-z0-9+.-]*:' then r.user_profile end,
        'beginDate', r.begin_date, 'endDate', r.end_date) order by r.role_type, r.sourced_id), '[]'::json)
    from districts.roles r join districts.orgs ro on ro.district_id = x.district_id and ro.id = r.org_id
    where r.district_id = x.district_id and r.person_id = x.id
      and (r.archived_at is null or r.archived_at = x.archived_at))"""
_AGENTS = f"""case when cardinality(x.agent_sourced_ids) > 0 then (
    select json_agg({reference("users", "user", "a")}) from unnest(x.agent_sourced_ids) a) end"""
USER = f"""json_strip_nulls(json_build_object(
    'sourcedId', x.sourced_id, 'status', {status("x")}, 'dateLastModified', {instant("x.updated_at")},
    'metadata', x.extension, 'userMasterIdentifier', x.user_master_identifier, 'username', x.username,
    'userIds', x.user_ids, 'enabledUser', case when x.enabled then 'true' else 'false' end,
    'givenName', x.given_name, 'familyName', x.family_name, 'middleName', x.middle_name,
    'preferredFirstName', x.preferred_given_name, 'preferredMiddleName', x.preferred_middle_name,
    'preferredLastName', x.preferred_family_name, 'pronouns', x.pronouns, 'roles', {_ROLES},
    'primaryOrg', {optional_reference("orgs", "org", "o.sourced_id")}, 'identifier', x.identifier, 'email', x.email,
    'sms', x.sms, 'phone', x.phone, 'agents', {_AGENTS}, 'grades', {filled("x.grades")}))::text"""


async def write_documents(
    connection: Connection, district_id: UUID, now: datetime, people: list[UUID] | None = None
) -> None:
    """Write the documents of these people, or of all who changed at `now`, themselves or by a role."""
    chosen = "x.id = any($2)"
    if people is None:
        chosen = """(x.updated_at = $2 or x.id in (
            select r.person_id from districts.roles r where r.district_id = $1 and r.updated_at = $2))"""
    await connection.execute(
        f"""insert into districts.user_documents (district_id, person_id, body)
            select x.district_id, x.id, {USER}
            from districts.people x
            left join districts.orgs o on o.district_id = x.district_id and o.id = x.primary_org_id
            where x.district_id = $1 and {chosen} order by x.id
            on conflict (district_id, person_id) do update set body = excluded.body""",
        district_id,
        now if people is None else people,
        timeout=None,
    )


async def count_up(connection: Connection, district_id: UUID) -> None:
    """Say that the roster is another one than before, so that what was counted is counted again."""
    await connection.execute(
        """insert into districts.roster_versions as v (district_id, version) values ($1, 1)
           on conflict (district_id) do update set version = v.version + 1""",
        district_id,
    )
