"""What a tablet brings back that was offline all day: up to a thousand observations, each with an outcome of its own.

The new ones go in with one statement. What was there already is loaded and changed row by row (uploading.py). A
refusal is decided before anything is written, so it touches nobody else. Should PostgreSQL itself refuse a row, the
set is halved until that row stands alone.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from sqlmodel import col

from services.observations.observation_conflicts.queries import marks_of, note_saves
from services.observations.observation_policies.known import policy_of
from services.observations.observation_policies.rules import Policy
from services.observations.observations.errors import ObservationExists
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to
from services.observations.observations.recording import (
    Draft,
    Facts,
    announce_new,
    check_instrument,
    check_visit,
    draft_of,
    insert,
)
from services.observations.observations.rules import State
from services.observations.observations.schemas import Batch, BatchItem, ItemOutcome
from services.observations.observations.uploading import change_stored, refused
from services.observations.reports.service import freeze
from services.observations.settings import ObservationsSettings
from services.observations.visits.queries import hold, open_if_all_submitted
from shared.errors import AppError, Invalid
from shared.json_body import JsonBody, faults_of
from shared.refusals import from_store
from shared.units import Unit

_ITEM = TypeAdapter(BatchItem)
BATCH = JsonBody(Batch)


async def read_items(request: Request) -> tuple[dict[int, BatchItem], dict[int, ItemOutcome]]:
    """Give the items by their place, and the outcomes of those that do not fit."""
    items: dict[int, BatchItem] = {}
    outcomes: dict[int, ItemOutcome] = {}
    for number, given in enumerate((await BATCH.read(request)).items):
        try:
            # What fits was validated with the whole; of the rest this says why. orjson takes no integer past 64 bits.
            items[number] = given if isinstance(given, BatchItem) else _ITEM.validate_json(json.dumps(given))
        except ValidationError as error:
            outcomes[number] = refused(_id_of(given), Invalid(errors=faults_of(error)))
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
    schools = {item.school_id for item in items.values()}
    policy = await policy_of(unit.connection, unit.district_id, settings, schools, anew=True)
    outcomes = await _change_known(unit, policy, items)
    if visits := {item.visit_id for item in items.values() if item.visit_id is not None}:
        await hold(unit.connection, unit.district_id, visits)
    drafts: dict[int, Draft] = {}
    for number, item in items.items():
        if number in outcomes:
            continue
        try:
            draft = await draft_of(unit, policy, item, item.id)
            await check_instrument(unit, item)
            await check_visit(unit, draft)
            drafts[number] = draft
        except AppError as error:
            outcomes[number] = refused(item.id, error)
    outcomes |= await _insert_all(unit, drafts)
    # Sent again while the first try was still under way: by now it is stored.
    came = {number: items[number] for number in drafts if number not in outcomes}
    outcomes |= await _change_known(unit, policy, came)
    outcomes |= {n: refused(item.id, ObservationExists()) for n, item in came.items() if n not in outcomes}
    await _note(unit, items, outcomes)
    return outcomes


async def _change_known(unit: Unit, policy: Policy, items: dict[int, BatchItem]) -> dict[int, ItemOutcome]:
    """Change those that are stored already."""
    known = await _known(unit, [item.id for item in items.values()]) if items else {}
    marks = await marks_of(unit, [item.id for item in items.values() if item.device]) if known else {}
    outcomes: dict[int, ItemOutcome] = {}
    for number, item in items.items():
        if (row := known.get(item.id)) is None:
            continue
        try:
            mark = marks.get((item.id, item.device or ""))
            outcomes[number] = await change_stored(unit, policy, row, item, mark)
        except AppError as error:
            outcomes[number] = refused(item.id, error)
    return outcomes


async def _note(unit: Unit, items: dict[int, BatchItem], outcomes: dict[int, ItemOutcome]) -> None:
    """Remember which save of which device is in."""
    saves = [
        (item.id, item.device, item.revision, version)
        for number, item in items.items()
        if item.device and item.revision and (version := outcomes[number].version) is not None
    ]
    if saves:
        await unit.session.flush()
        await note_saves(unit, saves)


async def _insert_all(unit: Unit, drafts: dict[int, Draft]) -> dict[int, ItemOutcome]:
    """Insert what is new; of what another request has stored by now there is no outcome yet."""
    if not drafts:
        return {}
    # In the order of ids, so that two that send the same never wait for each other in a circle.
    facts = await _insert(unit, sorted((draft.row for draft in drafts.values()), key=lambda row: row.id))
    outcomes, locked = {}, []
    for number, draft in drafts.items():
        found = facts[draft.row.id]
        if isinstance(found, Facts) and found.inserted:
            announce_new(unit, draft)
            locked += [vars(draft.row)] if draft.row.state == State.LOCKED else []
            outcomes[number] = ItemOutcome(id=draft.row.id, status=201, version=1, problem=None)
        else:
            refusal = found.refusal(draft.row) if isinstance(found, Facts) else found
            outcomes |= {number: refused(draft.row.id, refusal)} if refusal else {}
    if locked:
        await freeze(unit, locked)
    for visit_id in sorted({draft.row.visit_id for draft in drafts.values() if draft.row.visit_id and draft.row.blind}):
        await open_if_all_submitted(unit.connection, unit.district_id, visit_id, unit.now)
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
    at_all = "select 1 from observations.observations where district_id = $1 and id = any($2) limit 1"
    if not await unit.connection.fetchval(at_all, unit.district_id, ids):
        return {}  # as nearly always: what was seen that day is new
    statement = visible_to(unit.who).where(col(Observation.id).in_(ids)).order_by(col(Observation.id)).with_for_update()
    return {row.id: row for row in (await unit.session.execute(statement)).scalars()}


def _id_of(given: Any) -> UUID | None:
    try:
        return UUID(str(given["id"])) if isinstance(given, dict) else None
    except (KeyError, ValueError):
        return None
