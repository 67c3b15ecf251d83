"""Filters of lists by equal values. A person is meant under either id: who turned out to be one person is one."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, func, select

_PEOPLE = frozenset({"teacher_id", "observer_id", "person_id", "coachee_id", "coach_id", "owner_id"})


def matching(statement: Any, model: Any, district_id: UUID, query: object, names: Iterable[str]) -> Any:
    """Apply the filters of these names that the query gives."""
    for name in names:
        value = getattr(query, name, None)
        if value is not None:
            column = getattr(model, name)
            wanted = is_person(column, district_id, value) if name in _PEOPLE else column == value
            statement = statement.where(wanted)
    return statement


def is_person(column: Any, district_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """Hold for rows that name this person, by whichever id. The ids are looked up once, so an index still serves."""
    table = column.class_.__table__
    people = table.metadata.tables[f"{table.schema}.copied_people"]
    one, other = people.alias(), people.alias()
    into = select(one.c.merged_into).where(one.c.district_id == district_id, one.c.id == person_id)
    itself = func.coalesce(into.scalar_subquery(), person_id)
    absorbed = select(other.c.id).where(other.c.district_id == district_id, other.c.merged_into == itself)
    ids = select(itself).union_all(absorbed).scalar_subquery()
    found: ColumnElement[bool] = column == any_(func.array(ids, type_=ARRAY(Uuid)))
    return found
