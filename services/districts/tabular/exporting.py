"""A table as CSV, page by page, each in a transaction of its own: memory stays flat, a slow reader holds nothing."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from uuid import UUID

from fastapi.responses import StreamingResponse

from services.districts.dated import holds_on
from services.districts.tabular.columns import ID
from services.districts.tabular.schemas import MEDIA, TableQuery
from services.districts.tabular.sets import R
from services.districts.tabular.table import Table, W
from shared.access.principals import Principal
from shared.database import Database
from shared.units import Unit

_PAGE = 1000


def export(unit: Unit, table: Table[R, W], query: TableQuery) -> StreamingResponse:
    """Give all rows that are not archived, in the form that the import takes."""
    unit.audit("table.exported", table.noun, as_of=query.as_of)
    headers = {"Content-Disposition": f'attachment; filename="{table.noun}.csv"'}
    return StreamingResponse(_pieces(unit.database, unit.who, table, query), media_type=MEDIA, headers=headers)


async def _pieces(database: Database, who: Principal, table: Table[R, W], query: TableQuery) -> AsyncIterator[str]:
    yield _written([[ID, *(column.name for column in table.columns)]])
    last: UUID | None = None
    while rows := await _page(database, who, table, query, last):
        yield _written([str(row.id), *(column.write(row) for column in table.columns)] for row in rows)
        last = rows[-1].id


async def _page(
    database: Database, who: Principal, table: Table[R, W], query: TableQuery, last: UUID | None
) -> Sequence[R]:
    its: Any = table.model
    statement = table.rows(who).where(its.archived_at.is_(None)).order_by(its.id).limit(_PAGE)
    if query.as_of is not None:
        statement = statement.where(holds_on(its, query.as_of))
    if last is not None:
        statement = statement.where(its.id > last)
    async with database.unit(who.district_id, who) as unit:
        return (await unit.session.execute(statement)).scalars().all()


def _written(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
