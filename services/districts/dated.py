"""What the nouns share that hold from one day to another: which hold on a day, and that no two of a series overlap.

A series is what may exist once at a time, such as one person in one position at one organisation. Whoever writes to it
takes its lock first, until the transaction ends: so of two writers at once the second sees what the first has written.
(An exclusion constraint would need btree_gist, which the embedded PostgreSQL does not bring.)
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, or_, select
from sqlmodel import col

from services.districts.references import who_is
from services.districts.tables import Dated
from shared.access.principals import Principal
from shared.errors import Conflict, FieldError
from shared.paging import ResourceQuery, filtered
from shared.units import Unit
from shared.wire import Day, Key, ResourceRead, Wire

D = TypeVar("D", bound=Dated)
ExternalKey = Annotated[Key, Field(description="what the system that it comes from calls it; unique in its list")]
AsOf = Annotated[
    Day | None,
    Field(
        description="those that hold on this day; with archived=include also those that held until they were archived"
    ),
]


class PeriodOverlaps(Conflict, title="Another one holds in that time already"):
    pass


class DatedWrite(Wire):
    external_key: ExternalKey | None = None
    begin_date: Day = Field(description="the first day")
    end_date: Day | None = Field(default=None, description="the last day; null: open")


class DatedRead(ResourceRead):
    external_key: str | None
    begin_date: date
    end_date: date | None


class DatedQuery(ResourceQuery):
    as_of: AsOf = None
    external_key: Key | None = None


def holds_on(model: Any, day: date) -> ColumnElement[bool]:
    """Say of which rows that they hold on a day. A first day that is not known has always been.

    One that is archived has held until then: so ends what a roster no longer has. Lists leave it out unless asked.
    """
    begin, end = col(model.begin_date), col(model.end_date)
    return and_(
        or_(begin.is_(None), begin <= day),
        or_(end.is_(None), end >= day),
        was_there(model, day),
    )


def was_there(model: Any, day: date) -> ColumnElement[bool]:
    archived = col(model.archived_at)
    return or_(archived.is_(None), cast(func.timezone("UTC", archived), Date) > day)


def found(who: Principal, statement: Select[D], model: type[D], query: DatedQuery, *names: str) -> Select[D]:
    """Apply the filters that every dated resource has, and those that match a column of their own name."""
    statement = filtered(statement, model, query)
    if query.as_of is not None:
        statement = statement.where(holds_on(model, query.as_of))
    for name in ("external_key", *names):
        value = getattr(query, name)
        if value is not None:
            known = who_is(who.district_id, value) if name == "person_id" else value
            statement = statement.where(getattr(model, name) == known)
    return statement


def order_faults(values: Mapping[str, Any]) -> list[FieldError]:
    if values["end_date"] is not None and values["end_date"] < values["begin_date"]:
        return [FieldError("#/end_date", "order", "must not lie before begin_date")]
    return []


async def share(unit: Unit, model: type[Dated]) -> None:
    """Wait for an import of many rows of the noun. Before any row is locked: the two must not wait for each other."""
    await unit.connection.execute(
        "select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", f"{model.__tablename__}/{unit.district_id}"
    )


async def alone(unit: Unit, model: type[Dated]) -> None:
    """Let nobody else write rows of the noun until the transaction ends."""
    await unit.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{model.__tablename__}/{unit.district_id}"
    )


async def refuse_overlap(
    unit: Unit, model: type[D], row_id: UUID, values: Mapping[str, Any], series: tuple[str, ...]
) -> None:
    """Refuse a row that would hold on a day on which another one of its series does."""
    key = "/".join([str(unit.district_id), str(model.__tablename__), *(str(values[name]) for name in series)])
    await unit.connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)
    statement = select(col(model.id), col(model.begin_date), col(model.end_date)).where(
        col(model.district_id) == unit.district_id,
        col(model.id) != row_id,
        col(model.archived_at).is_(None),
        *(getattr(model, name) == values[name] for name in series),
        or_(col(model.end_date).is_(None), col(model.end_date) >= values["begin_date"]),
    )
    if values["end_date"] is not None:
        statement = statement.where(col(model.begin_date) <= values["end_date"])
    other = (await unit.session.execute(statement.limit(1))).first()
    if other is not None:
        until = f"to {other.end_date}" if other.end_date else "on"
        raise PeriodOverlaps(f"{other.id} holds from {other.begin_date} {until}", overlaps=other.id)
