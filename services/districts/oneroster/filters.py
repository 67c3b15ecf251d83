"""OneRoster's filter: `field op 'value'`, or two of them with AND or OR between; and its translation into SQL.

Values never enter the SQL: they become parameters. Dates compare as instants, a list given as `a,b` as a set.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.districts.oneroster.collections import Kind, Member
from services.districts.oneroster.errors import InvalidFilter

_CLAUSE = re.compile(r"\s*([A-Za-z][\w.]*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*")
_LOGICAL = re.compile(r"(and|or)\b", re.IGNORECASE)
_OPERATORS = {"=": "=", "!=": "is distinct from", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
_LONGEST = 2000
_MILLISECOND = timedelta(milliseconds=1)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_WORDS = frozenset({
    "administrator", "aide", "counselor", "districtAdministrator", "guardian", "parent", "primary", "principal",
    "proctor", "relative", "secondary", "siteAdministrator", "student", "systemAdministrator", "teacher",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    clauses: tuple[Clause, ...]
    logical: str = "and"


def parse(text: str) -> Filter:
    if len(text) > _LONGEST or "\x00" in text:
        raise InvalidFilter("the filter is too long or holds NUL")
    clause, at = _clause(text, 0)
    if at == len(text):
        return Filter((clause,))
    logical = _LOGICAL.match(text, at)
    if logical is None:
        raise InvalidFilter(f"AND or OR is expected at {text[at : at + 20]!r}")
    other, at = _clause(text, logical.end())
    if at != len(text):
        raise InvalidFilter("a filter has at most one AND or OR")
    return Filter((clause, other), logical[1].lower())


def fields_in(text: str | None) -> list[str]:
    """Name what a filter asks about. Its values may be names and addresses, which no log may repeat."""
    return [clause.field for clause in parse(text).clauses] if text else []


def _clause(text: str, at: int) -> tuple[Clause, int]:
    match = _CLAUSE.match(text, at)
    if match is None:
        raise InvalidFilter(f"field, operator and a value in single quotes are expected at {text[at : at + 20]!r}")
    return Clause(match[1], match[2], match[3].replace("''", "'")), match.end()


def to_sql(given: Filter, members: Mapping[str, Member], parameters: list[Any]) -> str:
    """Give the condition, and add its values to `parameters`, whose places start at $1."""
    found = []
    for clause in given.clauses:
        member = members.get(clause.field)
        if member is None:
            raise InvalidFilter(f"{clause.field} cannot be filtered by")
        found.append(f"({_condition(clause, member, parameters)})")
    return f"({f' {given.logical} '.join(found)})"


def _condition(clause: Clause, member: Member, parameters: list[Any]) -> str:
    if member.kind is Kind.ROLES:
        return _of_roles(clause, member, parameters)
    if member.kind is Kind.LIST:
        return _list(clause, member, parameters)
    if member.kind is Kind.STATUS and clause.operator in {"=", "!="}:
        return _status(clause, member)
    if clause.operator == "~":
        parameters.append(clause.value)
        return f"position(lower(${len(parameters)}::text) in lower({_written(member)})) > 0"
    compare = _COMPARED.get(member.kind, _text)
    return compare(clause, member, parameters)


def _written(member: Member) -> str:
    sql = member.sql
    return (
        f"(case when {sql} is null then 'active' else 'tobedeleted' end)"
        if member.kind is Kind.STATUS
        else f"{sql}::text"
    )


def _of_roles(clause: Clause, member: Member, parameters: list[Any]) -> str:
    """Any of the roles may match. Who left keeps the roles that ended with it."""
    positive = Clause(clause.field, "=" if clause.operator == "!=" else clause.operator, clause.value)
    inner = _condition(positive, Member(member.sql, stands_for=member.stands_for), parameters)
    found = f"""select r.person_id from districts.roles r
        join districts.people q on q.district_id = r.district_id and q.id = r.person_id
        join districts.orgs ro on ro.district_id = r.district_id and ro.id = r.org_id
        where r.district_id = $1 and (r.archived_at is null or r.archived_at = q.archived_at) and {inner}"""
    return f"not exists ({found} and r.person_id = x.id)" if clause.operator == "!=" else f"x.id in ({found})"


def _status(clause: Clause, member: Member) -> str:
    if clause.value not in {"active", "tobedeleted"}:
        return "false" if clause.operator == "=" else "true"
    is_active = (clause.value == "active") == (clause.operator == "=")
    return f"{member.sql} is {'' if is_active else 'not '}null"


def _text(clause: Clause, member: Member, parameters: list[Any]) -> str:
    expression = _written(member)
    if clause.operator == "=" and clause.value in member.stands_for:
        words = ", ".join(f"'{word}'" for word in member.stands_for[clause.value])
        return f"{member.sql} in ({words})"
    if clause.operator == "=" and clause.value in _WORDS:
        # A constant, so that the plan may use an index of the rows that have it, or have it not.
        return f"{member.sql} = '{clause.value}'"
    if clause.operator in {"=", "!="}:
        expression = member.sql  # the same in any collation, so that any index serves
    parameters.append(clause.value)
    collation = "" if clause.operator in {"=", "!="} else ' collate "C"'
    return f"{expression}{collation} {_OPERATORS[clause.operator]} ${len(parameters)}::text"


def _instant_range(clause: Clause, member: Member, parameters: list[Any]) -> str:
    """Compare with what is served, which is cut to milliseconds, in a form that an index on the whole time serves."""
    given = _instant(clause.value)
    cut = given.replace(microsecond=given.microsecond // 1000 * 1000)
    after = cut + _MILLISECOND if cut < _LAST else cut
    until = given if cut == given else after  # the first served time that is not before what was given
    if clause.operator in {"=", "!="}:
        parameters.extend((until, after))
        within = (
            f"{member.sql} >= ${len(parameters) - 1}::timestamptz and {member.sql} < ${len(parameters)}::timestamptz"
        )
        return within if clause.operator == "=" else f"not ({within})"
    parameters.append(until if clause.operator in {">=", "<"} else after)
    operator = ">=" if clause.operator.startswith(">") else "<"
    return f"{member.sql} {operator} ${len(parameters)}::timestamptz"


def _day(clause: Clause, member: Member, parameters: list[Any]) -> str:
    parameters.append(_instant(clause.value).date())
    return f"{member.sql} {_OPERATORS[clause.operator]} ${len(parameters)}::date"


def _number(clause: Clause, member: Member, parameters: list[Any]) -> str:
    try:
        parameters.append(float(clause.value))
    except ValueError:
        raise InvalidFilter(f"{clause.field} is compared with a number") from None
    return f"{member.sql} {_OPERATORS[clause.operator]} ${len(parameters)}::float8"


_COMPARED = {Kind.INSTANT: _instant_range, Kind.DAY: _day, Kind.NUMBER: _number}


def _list(clause: Clause, member: Member, parameters: list[Any]) -> str:
    """Compare a list: one value is found in it; several are the same set (=), or all in it (~)."""
    values = [part.strip() for part in clause.value.split(",")]
    parameters.append(values)
    given, stored = f"${len(parameters)}::text[]", f"{member.sql}::text[]"
    has_all = f"{stored} @> {given}"
    if clause.operator == "~":
        return has_all
    same = has_all if len(values) == 1 else f"({has_all} and {stored} <@ {given})"
    if clause.operator == "=":
        return same
    if clause.operator == "!=":
        return f"not {same}"
    raise InvalidFilter(f"a list such as {clause.field} cannot be compared by {clause.operator}")


def _instant(value: str) -> datetime:
    """Read a time or a day. A `+` of the zone arrives as a space if nobody encoded it."""
    text = re.sub(r" (\d\d:?\d\d)$", r"+\1", value.strip())
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidFilter(f"{value!r} is no date and no time") from None
