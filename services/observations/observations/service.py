import re
from uuid import UUID

from sqlmodel import col

from services.observations.history.queries import changes_since
from services.observations.history.rules import HIDDEN
from services.observations.observation_policies.known import policy_of
from services.observations.observations import rules, timeline
from services.observations.observations.access import check_mover
from services.observations.observations.errors import MoveRefused, ObservationExists, PolicyMoved
from services.observations.observations.models import Observation
from services.observations.observations.queries import stored, visible_to
from services.observations.observations.recording import (
    Draft,
    Facts,
    check_instrument,
    check_visit,
    draft_of,
    record,
)
from services.observations.observations.replacing import CheckVersion, replace, says_the_same, upload, writable
from services.observations.observations.replacing import change as change_row
from services.observations.observations.schemas import ObservationCreate, ObservationPatch, ObservationWrite
from services.observations.reports.service import freeze
from services.observations.settings import ObservationsSettings
from services.observations.visits.queries import open_if_all_submitted
from shared.clock import new_id
from shared.errors import PreconditionFailed
from shared.units import Unit
from shared.writes import check_version, etag, load, patched, show, stored_row


async def create(unit: Unit, settings: ObservationsSettings, body: ObservationCreate) -> Observation:
    """Record a new observation. The same one again is there already; another one with its id is refused."""
    draft, facts = await _record(unit, settings, body, body.id or new_id())
    unit.answer.headers["ETag"] = etag(draft.row.version)
    if facts.inserted:
        unit.answer.status = 201
        return draft.row
    there = await stored(unit, draft.row.id)
    if there is not None:
        if there.observer_id != draft.row.observer_id or not says_the_same(there, body):
            raise ObservationExists
        return show(unit, there, status=200)
    raise facts.refusal(draft.row) or ObservationExists()


async def _record(
    unit: Unit, settings: ObservationsSettings, body: ObservationWrite, observation_id: UUID
) -> tuple[Draft, Facts]:
    """Record it under the policy that this process knows; once more, should the district have another one by now."""
    for anew in (False, True):
        policy = await policy_of(unit.connection, unit.district_id, settings, [body.school_id], anew=anew)
        draft = await draft_of(unit, policy, body, observation_id)
        await check_instrument(unit, body)
        await check_visit(unit, draft)
        facts = await record(unit, draft)
        if facts.inserted or not isinstance(facts.refusal(draft.row), PolicyMoved):
            break
    if facts.inserted:
        if draft.row.state == rules.State.LOCKED:
            await freeze(unit, [vars(draft.row)])
        if draft.row.visit_id is not None and draft.row.blind:
            await open_if_all_submitted(unit.connection, unit.district_id, draft.row.visit_id, unit.now)
    return draft, facts


async def put(unit: Unit, settings: ObservationsSettings, observation_id: UUID, body: ObservationWrite) -> Observation:
    row = await stored_row(unit, Observation, visible_to(unit.who), observation_id)
    if row is None:
        draft, facts = await _record(unit, settings, body, observation_id)
        if facts.inserted:
            return show(unit, await get(unit, observation_id), status=201)
        if refusal := facts.refusal(draft.row):
            raise refusal
        row = await get(unit, observation_id, lock=True)  # it came by another way this very moment
    policy = await policy_of(unit.connection, unit.district_id, settings, [body.school_id], anew=True)
    await upload(unit, policy, row, body, await _checking(unit, row))
    return show(unit, row)


async def get(unit: Unit, observation_id: UUID, *, lock: bool = False) -> Observation:
    return await load(unit, visible_to(unit.who).where(col(Observation.id) == observation_id), lock=lock)


async def patch(
    unit: Unit, settings: ObservationsSettings, observation_id: UUID, change: ObservationPatch
) -> Observation:
    row = await get(unit, observation_id, lock=True)
    check_mover(unit.who, row, None)
    body = patched(ObservationWrite, writable(row), change.model_dump(mode="json", exclude_unset=True))
    policy = await policy_of(unit.connection, unit.district_id, settings, [body.school_id], anew=True)
    await replace(unit, policy, row, body, await _checking(unit, row))
    return show(unit, row)


async def _checking(unit: Unit, row: Observation) -> CheckVersion:
    """Give the check of the If-Match; a refusal names the fields that changed since the version that it names."""
    given = re.fullmatch(r'(?:W/)?"(\d{1,9})"', unit.if_match or "")
    version = int(given[1]) if given else row.version
    since = await changes_since(unit, row, version) if version < row.version else []
    fields = sorted({name for change in since for name in change.before} - HIDDEN)

    def check(stored: int) -> None:
        try:
            check_version(unit, stored)
        except PreconditionFailed as error:
            error.extensions |= {"fields": fields}
            raise

    return check


async def archive(unit: Unit, observation_id: UUID) -> Observation:
    """Hide what is over. It is not undone: it still counts, and its ids still resolve."""
    row = await get(unit, observation_id, lock=True)
    check_mover(unit.who, row, None)
    progress = timeline.progress_of(row)
    if row.archived_at is not None:
        return show(unit, row)
    if not rules.is_over(progress):
        raise MoveRefused(state=row.state, move="archive", possible=rules.moves_of(progress))
    check_version(unit, row.version)
    change_row(unit, row, {"archived_at": unit.now}, "archived")
    return show(unit, row)
