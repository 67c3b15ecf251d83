"""What a tablet brings back that was offline all day: up to a thousand observations, each with an outcome of its own.

The new ones go in with one statement. What was there already is loaded and changed row by row, under the version that
the tablet worked from. A refusal is decided before anything is written, so it touches nobody else. Should PostgreSQL
itself refuse a row, the set is halved until that row stands alone.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from sqlmodel import col

from services.observations.observations.errors import ObservationExists
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to
from services.observations.observations.recording import (
    Draft,
    Facts,
    announce_new,
    check_instrument,
    draft_of,
    insert,
)
from services.observations.observations.replacing import upload
from services.observations.observations.schemas import Batch, BatchItem, ItemOutcome, ReadyBatch
from services.observations.settings import ObservationsSettings
from shared.errors import AppError, Invalid, PreconditionFailed, PreconditionRequired
from shared.json_body import JsonBody, faults_of
from shared.refusals import from_store
from shared.units import Unit
from shared.writes import etag

_ITEM = TypeAdapter(BatchItem)
_WHOLE = TypeAdapter(ReadyBatch)
BATCH = JsonBody(Batch)


async def read_items(request: Request) -> tuple[dict[int, BatchItem], dict[int, ItemOutcome]]:
    """Give the items by their place, and the outcomes of those that do not fit."""
    try:
        whole = _WHOLE.validate_json(await request.body())
    except ValidationError:
        return _one_by_one(await BATCH.read(request))
    return dict(enumerate(whole.items)), {}


def _one_by_one(batch: Batch) -> tuple[dict[int, BatchItem], dict[int, ItemOutcome]]:
    items: dict[int, BatchItem] = {}
    outcomes: dict[int, ItemOutcome] = {}
    for number, given in enumerate(batch.items):
        try:
            items[number] = _ITEM.validate_json(json.dumps(given))  # orjson takes no integer past 64 bits
        except ValidationError as error:
            outcomes[number] = _refused(_id_of(given), Invalid(errors=faults_of(error)))
    return items, outcomes


async def record_all(
    unit: Unit, settings: ObservationsSettings, items: dict[int, BatchItem], outcomes: dict[int, ItemOutcome]
) -> list[ItemOutcome]:
    # An id that comes twice is two changes, one after the other.
    while items:
        first: dict[UUID, int] = {}
        for number, item in items.items():
            first.setdefault(item.id, number)
        turn = {number: items.pop(number) for number in first.values()}
        outcomes |= await _record(unit, settings, turn)
    return [outcomes[number] for number in sorted(outcomes)]


async def _record(unit: Unit, settings: ObservationsSettings, items: dict[int, BatchItem]) -> dict[int, ItemOutcome]:
    """Record items of different ids: what is known is changed, the rest is new."""
    outcomes: dict[int, ItemOutcome] = {}
    known = await _known(unit, [item.id for item in items.values()])
    drafts: dict[int, Draft] = {}
    for number, item in items.items():
        try:
            if item.id in known:
                row = known[item.id]
                await upload(unit, settings, row, item, lambda version, item=item: _check(item, version))  # type: ignore[misc]
                outcomes[number] = ItemOutcome(id=item.id, status=200, version=row.version, problem=None)
            else:
                draft = await draft_of(unit, settings, item, item.id)
                await check_instrument(unit, item)
                drafts[number] = draft
        except AppError as error:
            outcomes[number] = _refused(item.id, error)
    return outcomes | await _insert_all(unit, drafts)


async def _insert_all(unit: Unit, drafts: dict[int, Draft]) -> dict[int, ItemOutcome]:
    if not drafts:
        return {}
    facts = await _insert(unit, [draft.row for draft in drafts.values()])
    outcomes = {}
    for number, draft in drafts.items():
        found = facts[draft.row.id]
        if isinstance(found, Facts) and found.inserted:
            announce_new(unit, draft)
            outcomes[number] = ItemOutcome(id=draft.row.id, status=201, version=1, problem=None)
        else:
            refusal = found.refusal() if isinstance(found, Facts) else found
            outcomes[number] = _refused(draft.row.id, refusal or ObservationExists())
    return outcomes


async def _insert(unit: Unit, rows: Sequence[Observation]) -> dict[UUID, Facts | AppError]:
    """Insert all rows in one statement. If PostgreSQL refuses, halve the set until the refused one stands alone."""
    await unit.connection.execute("savepoint batch")
    try:
        found: dict[UUID, Facts | AppError] = dict(await insert(unit.connection, unit.district_id, unit.now, rows))
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        await unit.connection.execute("rollback to savepoint batch")
        if len(rows) == 1:
            return {rows[0].id: from_store(error) or Invalid()}
        half = len(rows) // 2
        return await _insert(unit, rows[:half]) | await _insert(unit, rows[half:])
    await unit.connection.execute("release savepoint batch")
    return found


async def _known(unit: Unit, ids: list[UUID]) -> dict[UUID, Observation]:
    """Lock what is there already, in the order of ids, so that two tablets never wait for each other in a circle."""
    statement = visible_to(unit.who).where(col(Observation.id).in_(ids)).order_by(col(Observation.id)).with_for_update()
    return {row.id: row for row in (await unit.session.execute(statement)).scalars()}


def _check(item: BatchItem, version: int) -> None:
    if item.base_version is None:
        raise PreconditionRequired("say which version you changed: base_version", current=etag(version))
    if item.base_version != version:
        raise PreconditionFailed(f"you changed version {item.base_version}, now it is {version}", current=etag(version))


def _refused(id_: UUID | None, error: AppError) -> ItemOutcome:
    return ItemOutcome(id=id_, status=error.status, version=None, problem=error.problem())


def _id_of(given: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(given.get("id")))
    except ValueError:
        return None
