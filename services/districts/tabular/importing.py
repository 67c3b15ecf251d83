"""A CSV file in: each row a PUT by its id, its external key, or what it says. A bad one spoils no other.

Rows go in by batches, each in a transaction of its own. A row that is refused is tried again once others are in, since
a file need not have them in the order in which they build on each other. Should the database itself refuse a batch, its
rows go in one by one. What is there already is left alone, so a file that was cut off is simply sent again.

Each import holds two connections and many locks for as long as it runs, so only a few run at once, of all districts.

A request waits for a small file and a job does a large one (jobs.py): here is what both do.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic
from uuid import UUID

import asyncpg
import orjson
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from services.districts.references import resolve
from services.districts.tabular import records
from services.districts.tabular.columns import ID, body_of, column_at
from services.districts.tabular.reading import Line
from services.districts.tabular.records import CHANGED, CREATED, UNCHANGED
from services.districts.tabular.schemas import RowError, TableImport
from services.districts.tabular.sets import Proposal, R, put_many
from services.districts.tabular.table import Table, W
from shared.errors import AppError, Conflict, FieldError, Unavailable
from shared.json_body import faults_of
from shared.refusals import from_store
from shared.units import Unit
from shared.writes import changes

_BATCH = 200  # rows of which each holds two locks of PostgreSQL's few thousand
_SET = 2500  # rows that go in together, under one lock
_AT_ONCE = 3
_PASSES = 6
_SOON = {"Retry-After": "5"}
_KEPT_ERRORS = 1000


Units = Callable[[], AbstractAsyncContextManager[Unit]]
Tell = Callable[[int, int], Awaitable[None]]


class TableImportRunning(Conflict, title="Another import of the same is running"):
    pass


@dataclass(slots=True)
class Row(Generic[W]):
    """A row on its way: its cells as a body, and what became of it."""

    line: int
    cells: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    outcome: str | None = None
    errors: list[FieldError] = field(default_factory=list)
    is_final: bool = False  # no other row can mend it

    @property
    def is_settled(self) -> bool:
        return self.is_final or self.outcome is not None


@dataclass(slots=True)
class Import(Generic[R, W]):
    """How the rows of one file go in: each batch by one of `units`.

    `first_lines` says where the file names each id first, whatever it is known by; `put_before` which lines an earlier
    attempt of the same job has put.
    """

    table: Table[R, W]
    units: Units
    job_id: UUID | None = None
    put_before: Mapping[int, str] = field(default_factory=dict)
    first_lines: dict[UUID, int] = field(default_factory=dict)


async def put_rows(unit: Unit, its: Import[R, W], lines: Sequence[Line], tell: Tell | None = None) -> TableImport:
    """Put every row of the file. `unit` only guards the whole."""
    table = its.table
    if its.job_id is not None:
        its.put_before = await records.put_before(unit, its.job_id)
    rows = [_row(table, line) for line in lines]
    left = _without_doubles(rows)
    size = _BATCH if table.sets is None else _SET
    for _ in range(_PASSES):
        for start in range(0, len(left), size):
            await _batch(its, left[start : start + size])
            if tell is not None:
                await tell(sum(row.is_settled for row in rows), len(rows))
        again = [row for row in left if not row.is_settled]
        if len(again) == len(left):
            break
        left = again[::-1]  # where each row waits for the one after it, one more pass lets all of them in
    unit.audit("table.imported", table.noun, rows=len(rows))
    return _told(table, rows)


async def admit(unit: Unit, noun: str) -> None:
    """Let one import of a noun in at a time, and a few in all; it is over when the unit is."""
    if not await _lock(unit, f"import/{unit.district_id}/{noun}"):
        raise TableImportRunning(headers=_SOON)
    for place in range(_AT_ONCE):
        if await _lock(unit, f"import/{place}"):
            return
    raise Unavailable("other imports are running", headers=_SOON)


async def _lock(unit: Unit, name: str) -> bool:
    taken = await unit.connection.fetchval("select pg_try_advisory_xact_lock(hashtextextended($1, 0))", name)
    return bool(taken)


def _row(table: Table[R, W], line: Line) -> Row[W]:
    if line.fault is not None:
        return Row(line.number, {}, errors=[FieldError("#", *line.fault)], is_final=True)
    body, errors = body_of(table.columns, line.cells)
    return Row(line.number, line.cells, body, errors=errors, is_final=bool(errors))


def _without_doubles(rows: Sequence[Row[W]]) -> list[Row[W]]:
    """Give the rows that may go in: of several of the same id or external key only the first."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        names = {name: row.cells.get(name, "").strip() for name in (ID, "external_key")}
        keys = {(name, said.lower() if name == ID else said) for name, said in names.items() if said}
        if doubled := [name for name, said in sorted(keys) if (name, said) in seen]:
            row.errors, row.is_final = [FieldError(f"#/{doubled[0]}", "duplicate", "an earlier row has it")], True
        seen |= keys
    return [row for row in rows if not row.is_final]


async def _batch(its: Import[R, W], rows: Sequence[Row[W]]) -> None:
    try:
        async with its.units() as unit:
            unit.if_match = "*"
            await _apply(unit, its, rows)
            if its.job_id is not None:
                await records.keep(unit, its.job_id, _put_now(its, rows))
    except (DBAPIError, asyncpg.PostgresError) as error:
        for row in rows:
            row.outcome = None
        refusal = from_store(error)
        if refusal is None or (len(rows) == 1 and refusal.status == 503):  # noqa: PLR2004 - not a matter of rows
            raise
        if len(rows) == 1:
            rows[0].errors = _faults(refusal)
            return
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):  # the one that it is about is found soon
            await _batch(its, part)


def _put_now(its: Import[R, W], rows: Sequence[Row[W]]) -> dict[int, str]:
    put = {row.line: row.outcome for row in rows if row.outcome in {CREATED, CHANGED}}
    return {line: str(outcome) for line, outcome in put.items() if line not in its.put_before}


async def _apply(unit: Unit, its: Import[R, W], rows: Sequence[Row[W]]) -> None:
    table = its.table
    bodies, stored = await _looked_up(unit, table, rows)
    together: list[tuple[Row[W], Proposal[R]]] = []
    for row, row_id, body in bodies:
        known = stored.get(row_id)
        if (first := its.first_lines.setdefault(row_id, row.line)) != row.line:
            row.errors, row.is_final = [FieldError("#", "duplicate", f"is the same as line {first}")], True
        elif row.line in its.put_before:
            row.outcome = its.put_before[row.line]
        elif known is not None and known.archived_at is not None:
            row.errors = [FieldError(f"#/{ID}", "archived", "is archived: say it under another id")]
        elif known is not None and not changes(known, table.values(body)):
            row.outcome = UNCHANGED
        elif table.sets is not None:
            together.append((row, Proposal(row_id, known, table.values(body))))
        else:
            try:
                await table.put(unit, row_id, body)
            except AppError as error:
                row.errors = _faults(error)
            else:
                row.outcome = CREATED if known is None else CHANGED
    if together:
        await _put_together(unit, table, together)


async def _put_together(unit: Unit, table: Table[R, W], together: Sequence[tuple[Row[W], Proposal[R]]]) -> None:
    if table.sets is None:
        raise RuntimeError("only what goes in by sets is gathered")
    faults = await put_many(unit, table.sets, [proposal for _, proposal in together])
    for (row, proposal), found in zip(together, faults, strict=True):
        row.errors = found
        row.outcome = None if found else CREATED if proposal.stored is None else CHANGED


async def _looked_up(
    unit: Unit, table: Table[R, W], rows: Sequence[Row[W]]
) -> tuple[list[tuple[Row[W], UUID, W]], dict[UUID, R]]:
    if table.sets is not None:
        await table.sets.lock(unit)
    bodies = await _bodies(unit, table, rows)
    return bodies, await _stored(unit, table, bodies)


async def _bodies(unit: Unit, table: Table[R, W], rows: Sequence[Row[W]]) -> list[tuple[Row[W], UUID, W]]:
    """Give the rows whose body has the shape of a PUT, with their ids."""
    bodies = await resolve(unit.connection, unit.district_id, [row.body for row in rows])
    keys = {str(body["external_key"]) for body in bodies if "external_key" in body}
    keyed = await _ids_by_key(unit, table, keys) if keys else {}
    found = []
    for row, given in zip(rows, bodies, strict=True):
        try:
            body = table.shape.model_validate_json(orjson.dumps(given))
            said = UUID(row.cells[ID].strip()) if row.cells.get(ID, "").strip() else None
        except ValidationError as error:
            row.errors, row.is_final = [_plainly(fault, given) for fault in faults_of(error)], True
        except ValueError:
            row.errors, row.is_final = [FieldError(f"#/{ID}", "uuid", "must be a UUID")], True
        else:
            of_key = keyed.get(getattr(body, "external_key", None) or "")
            if said is not None and of_key is not None and said != of_key:
                row.errors = [FieldError("#/external_key", "taken", f"{of_key} has it")]
            else:
                found.append((row, said or of_key or table.id_of(unit.district_id, body), body))
    return found


def _plainly(fault: FieldError, given: Mapping[str, Any]) -> FieldError:
    """Say of an id of another system, which is still there as nothing of ours is known by it, just that."""
    said = str(given.get(fault.pointer.removeprefix("#/"), ""))
    if fault.code == "uuid_parsing" and ":" in said:
        return FieldError(fault.pointer, "unknown", f"{said[:100]} is nothing that is known here, or several")
    return fault


async def _ids_by_key(unit: Unit, table: Table[R, W], keys: set[str]) -> dict[str, UUID]:
    its: Any = table.model
    statement = select(its.external_key, its.id).where(
        col(its.district_id) == unit.district_id, its.external_key.in_(keys)
    )
    return dict((await unit.session.execute(statement)).all())


async def _stored(unit: Unit, table: Table[R, W], bodies: Sequence[tuple[Row[W], UUID, W]]) -> dict[UUID, R]:
    its: Any = table.model
    statement = select(table.model).where(
        col(its.district_id) == unit.district_id, its.id.in_({row_id for _, row_id, _ in bodies})
    )
    if table.sets is not None:
        statement = statement.with_for_update()
    return {row.id: row for row in (await unit.session.execute(statement)).scalars()}


def _faults(error: AppError) -> list[FieldError]:
    return list(error.errors) or [FieldError("#", error.kind().rsplit(":", 1)[1], error.detail)]


def _told(table: Table[R, W], rows: Sequence[Row[W]]) -> TableImport:
    counts = Counter(row.outcome for row in rows)
    errors = [
        RowError(line=row.line, column=column_at(table.columns, e.pointer), code=e.code, message=e.message)
        for row in rows
        if row.outcome is None
        for e in row.errors
    ]
    return TableImport(
        rows=len(rows), created=counts[CREATED], changed=counts[CHANGED], unchanged=counts[UNCHANGED],
        rejected=counts[None], errors=errors[:_KEPT_ERRORS],
    )  # fmt: skip
