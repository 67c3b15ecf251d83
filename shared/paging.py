"""Lists are boring: one keyset page for all of them. Cursors are opaque, the order is total and ends with the id."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, TypeDecorator, func, select, tuple_
from sqlmodel import SQLModel

from shared.errors import FieldError, Invalid
from shared.models import Resource
from shared.units import Unit
from shared.wire import Instant

T = TypeVar("T")
R = TypeVar("R", bound=SQLModel)


class Archived(StrEnum):
    INCLUDE = "include"
    EXCLUDE = "exclude"
    ONLY = "only"


class ListQuery(BaseModel):
    """The parameters that every list takes. A parameter that is not named is refused: a filter with a typing error
    would silently be no filter."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=500)
    after: str | None = Field(default=None, min_length=1, max_length=500, description="`next` of the page before")
    count: bool = Field(default=False, description="add `total`, which costs a count of all matches")

    def question(self) -> dict[str, Any]:
        """Give what a cursor is bound to, besides the list: every parameter that chooses or orders."""
        return self.model_dump(mode="json", exclude={"limit", "after", "count"})


class ResourceQuery(ListQuery):
    updated_after: Instant | None = Field(
        default=None, description="changed since then, archived ones included by `archived`"
    )
    archived: Archived = Field(default=Archived.EXCLUDE)


class Page(BaseModel, Generic[T]):
    data: list[T]
    next: str | None = Field(description="pass as `after` for the next page; null at the end")
    total: int | None = Field(default=None, description="only with `count=true`")


def encode(unit: Unit, query: ListQuery, values: Sequence[Any]) -> str:
    """Make the cursor behind a row with these keys: it goes on with this question and no other."""
    said = orjson.dumps([_mark(unit, query), *values], default=str)
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def decode(unit: Unit, query: ListQuery, kinds: tuple[type, ...]) -> list[Any] | None:
    """Read the keys out of the query's cursor; None where a list begins."""
    cursor = query.after
    if cursor is None:
        return None
    try:
        mark, *values = list(orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
        keys = [_PARSERS[kind](value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise _no_cursor("is not a cursor of this list") from None
    if mark != _mark(unit, query):
        raise _no_cursor("is a cursor of another list, or of other filters")
    return keys


def _no_cursor(message: str) -> Invalid:
    return Invalid(errors=[FieldError("#/query/after", "cursor", message)])


def _mark(unit: Unit, query: ListQuery) -> str:
    question = orjson.dumps([unit.path, query.question()], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(question).hexdigest()[:12]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _position(value: Any) -> int:
    """Read a place in a log: a whole number, which neither true nor 1.0 is."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("no position")
    return value


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant


_PARSERS: dict[type, Any] = {UUID: UUID, datetime: _instant, str: _text, int: _position}


async def page_of(
    unit: Unit,
    request: Request,
    query: ListQuery,
    statement: Select[R],
    *keys: ColumnElement[Any] | Any,
) -> tuple[list[R], str | None, int | None]:
    """Give a page of `statement` in the order of `keys` (the last is unique), the next cursor, the total if asked."""
    total = None
    if query.count:
        total = (await unit.session.execute(select(func.count()).select_from(statement.subquery()))).scalar_one()
    kinds = tuple(_kind_of(key) for key in keys)
    if last := decode(unit, query, kinds):
        statement = statement.where(tuple_(*keys) > tuple_(*last) if len(keys) > 1 else keys[0] > last[0])
    rows = list((await unit.session.execute(statement.order_by(*keys).limit(query.limit + 1))).scalars())
    following = None
    if len(rows) > query.limit:
        rows.pop()
        following = encode(unit, query, [getattr(rows[-1], str(key.key)) for key in keys])
        link_next(unit, request, following)
    return rows, following, total


def _kind_of(key: Any) -> type:
    """SQLModel's own string type does not say that it is one; what it stands for does."""
    kind = key.type.impl_instance if isinstance(key.type, TypeDecorator) else key.type
    return cast("type", kind.python_type)


def link_next(unit: Unit, request: Request, cursor: str | None) -> None:
    """Say `Link: <...>; rel="next"`, the same question with the next cursor, unless nothing follows."""
    if cursor is None:
        return
    runtime = request.app.state.runtime
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    url = f"{runtime.settings.public_url}{request.url.path}?{urlencode([*parameters, ('after', cursor)])}"
    unit.answer.headers["Link"] = f'<{url}>; rel="next"'


def filtered(statement: Select[R], model: type[Resource], query: ResourceQuery) -> Select[R]:
    """Apply the filters that every resource has."""
    archived_at: Any = model.archived_at
    updated_at: Any = model.updated_at
    if query.archived is Archived.EXCLUDE:
        statement = statement.where(archived_at.is_(None))
    elif query.archived is Archived.ONLY:
        statement = statement.where(archived_at.is_not(None))
    if query.updated_after is not None:
        statement = statement.where(updated_at > query.updated_after)
    return statement
