from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.observations import rules, timeline
from services.observations.observations.access import check_mover, check_recording, is_judged
from services.observations.observations.errors import MoveRefused, ObservationExists
from services.observations.observations.models import Observation
from services.observations.observations.queries import stored, visible_to
from services.observations.observations.recording import check_instrument, draft_of, look_up, record
from services.observations.observations.replacing import replace, says_the_same, tell, upload, writable
from services.observations.observations.rules import PAST, Move
from services.observations.observations.schemas import ObservationCreate, ObservationPatch, ObservationWrite
from services.observations.settings import ObservationsSettings
from shared.access.judging import judged_on
from shared.clock import new_id
from shared.routing import moment
from shared.units import Unit
from shared.writes import archive_row, check_version, etag, load, patched, show, stored_row, touch


async def create(unit: Unit, settings: ObservationsSettings, body: ObservationCreate) -> Observation:
    """Record a new observation. The same one again is there already; another one with its id is refused."""
    draft = await draft_of(unit, settings, body, body.id or new_id())
    await check_instrument(unit, body)
    facts = await record(unit, draft)
    unit.answer.headers["ETag"] = etag(draft.row.version)
    if facts.inserted:
        unit.answer.status = 201
        return draft.row
    there = await stored(unit, draft.row.id)
    if there is not None:
        if there.observer_id != draft.row.observer_id or not says_the_same(there, body):
            raise ObservationExists
        return show(unit, there, status=200)
    raise facts.refusal() or ObservationExists()


async def put(unit: Unit, settings: ObservationsSettings, observation_id: UUID, body: ObservationWrite) -> Observation:
    row = await stored_row(unit, Observation, visible_to(unit.who), observation_id)
    if row is None:
        draft = await draft_of(unit, settings, body, observation_id)
        await check_instrument(unit, body)
        facts = await record(unit, draft)
        if facts.inserted:
            return show(unit, await get(unit, observation_id), status=201)
        if refusal := facts.refusal():
            raise refusal
        row = await get(unit, observation_id, lock=True)  # it came by another way this very moment
    await upload(unit, settings, row, body, lambda version: check_version(unit, version))
    return show(unit, row)


async def get(unit: Unit, observation_id: UUID, *, lock: bool = False) -> Observation:
    return await load(unit, visible_to(unit.who).where(col(Observation.id) == observation_id), lock=lock)


async def patch(
    unit: Unit, settings: ObservationsSettings, observation_id: UUID, change: ObservationPatch
) -> Observation:
    row = await get(unit, observation_id, lock=True)
    check_mover(unit.who, row, None)
    body = patched(ObservationWrite, writable(row), change.model_dump(mode="json", exclude_unset=True))
    await replace(unit, settings, row, body, lambda version: check_version(unit, version))
    return show(unit, row)


async def move(
    unit: Unit,
    settings: ObservationsSettings,
    observation_id: UUID,
    step: Move,
    at: datetime | None = None,
    **more: Any,
) -> Observation:
    """Make a move of the observation's life (rules.py). `more` are columns that it sets."""
    row = await get(unit, observation_id, lock=True)
    check_mover(unit.who, row, step)
    before = timeline.progress_of(row)
    if rules.is_done(before, step):
        return show(unit, row)
    unread_for = timedelta(days=settings.close_unread_after_days)
    after = rules.advance(before, step, moment(unit, at), unread_for=unread_for)
    timeline.guard(row, step)
    if is_judged(row, step):
        check_recording(await judged_on(unit, after.observed_at), row)
    check_version(unit, row.version)
    values = {name: getattr(after, name) for name in (*timeline.TIMES, "state")} | more
    values["state"] = after.state.value
    if at is not None:
        values["source"] = "backfill"
    if step is Move.START:
        values["feedback_due_at"] = _due(after, settings)
        if refusal := (await look_up(unit, row, values)).refusal():
            raise refusal
    tell(unit, row, PAST[step], touch(unit, row, values))
    return show(unit, row)


async def archive(unit: Unit, observation_id: UUID) -> Observation:
    """Hide what is over. It is not undone: it still counts, and its ids still resolve."""
    row = await get(unit, observation_id, lock=True)
    check_mover(unit.who, row, None)
    progress = timeline.progress_of(row)
    if row.state in rules.OPEN or progress.state in {rules.State.SUBMITTED, rules.State.SHARED}:
        raise MoveRefused(state=row.state, move="archive", possible=rules.moves_of(progress))
    changed = archive_row(unit, row)
    tell(unit, row, "archived", changed)
    return row


def _due(after: rules.Progress, settings: ObservationsSettings) -> datetime | None:
    if after.observed_at is None or not after.owes_feedback:
        return None
    return after.observed_at + timedelta(hours=settings.feedback_due_hours)
