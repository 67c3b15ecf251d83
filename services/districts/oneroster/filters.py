"""OneRoster's filter: `field op 'value'`, or two of them with AND or OR between; and its translation into SQL.

Values never enter the SQL: they become parameters. Dates compare as instants, a list given as `a,b` as a set.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.districts.oneroster.collections import Kind, Member
from services.districts.oneroster.errors import InvalidFilter

_CLAUSE = re.compile(r"\s*([A-Za-z][\w.]*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*")
_LOGICAL = re.compile(r"(and|or)\b", re.IGNORECASE)
_OPERATORS = {"=": "=", "!=": "is distinct from", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
_LONGEST = 2000


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
        positive = Clause(clause.field, "=" if clause.operator == "!=" else clause.operator, clause.value)
        inner = _compared(positive, Member(member.sql), parameters)
        negation = "not " if clause.operator == "!=" else ""
        return f"""{negation}exists (select from districts.roles r
            join districts.orgs ro on ro.district_id = r.district_id and ro.id = r.org_id
            where r.district_id = x.district_id and r.person_id = x.id
              and (r.archived_at is null or r.archived_at = x.archived_at) and {inner})"""
    return _compared(clause, member, parameters)


def _compared(clause: Clause, member: Member, parameters: list[Any]) -> str:
    if member.kind is Kind.LIST:
        return _list(clause, member, parameters)
    if clause.operator == "~":
        parameters.append(clause.value)
        return f"position(lower(${len(parameters)}::text) in lower({member.sql}::text)) > 0"
    expression, kind = member.sql, "text"
    if member.kind is Kind.INSTANT:
        expression, kind = f"date_trunc('milliseconds', {member.sql})", "timestamptz"
        parameters.append(_instant(clause.value))
    elif member.kind is Kind.DAY:
        kind = "date"
        parameters.append(_instant(clause.value).date())
    else:
        expression = f'{member.sql} collate "C"'
        parameters.append(clause.value)
    return f"{expression} {_OPERATORS[clause.operator]} ${len(parameters)}::{kind}"


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
