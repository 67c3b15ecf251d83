"""The actions of an observation: one route for each move of the table in rules.py."""

from typing import Any

from fastapi import Request

from services.observations.auth import CanWriteObservations
from services.observations.observations import moving
from services.observations.observations.rendering import read
from services.observations.observations.rules import Move
from services.observations.observations.schemas import (
    ActionTime,
    Cancellation,
    Conference,
    FollowUp,
    ObservationRead,
    Reassignment,
    TeacherResponse,
    UnlockRequest,
    Voiding,
)  # fmt: skip
from services.observations.settings import settings_of
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("observations")


@router.post("/v1/observations/{observation_id}/start")
async def start_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: ActionTime | None = None
) -> ObservationRead:
    """The visit begins: `observed_at` is set, and with it when feedback is due."""
    return await _move(request, unit, observation_id, Move.START, body)


@router.post("/v1/observations/{observation_id}/submit")
async def submit_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: ActionTime | None = None
) -> ObservationRead:
    """Script, scores and look-fors are final."""
    return await _move(request, unit, observation_id, Move.SUBMIT, body)


@router.post("/v1/observations/{observation_id}/share")
async def share_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: ActionTime | None = None
) -> ObservationRead:
    """The teacher may read it, with feedback that stands on evidence."""
    return await _move(request, unit, observation_id, Move.SHARE, body)


@router.post("/v1/observations/{observation_id}/read")
async def mark_observation_read(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: ActionTime | None = None
) -> ObservationRead:
    """The teacher says that she has read it."""
    return await _move(request, unit, observation_id, Move.READ, body)


@router.post("/v1/observations/{observation_id}/respond")
async def respond_to_observation(
    observation_id: Id, request: Request, body: TeacherResponse, unit: CanWriteObservations
) -> ObservationRead:
    """The teacher answers, or rebuts what was said; who answers has read."""
    return await _move(
        request, unit, observation_id, Move.RESPOND, body, response=body.text, response_kind=body.kind.value
    )


@router.post("/v1/observations/{observation_id}/follow-up")
async def follow_up_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: FollowUp | None = None
) -> ObservationRead:
    """The observer came back to the next steps, once the teacher has read them."""
    return await _move(request, unit, observation_id, Move.FOLLOW_UP, body, follow_up=body.text if body else None)


@router.post("/v1/observations/{observation_id}/lock")
async def lock_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: ActionTime | None = None
) -> ObservationRead:
    """Lock what the teacher has read, or had time enough to; or, where no feedback is owed, what was submitted.

    What it says then is frozen as a report (see its `reports`).
    """
    return await _move(request, unit, observation_id, Move.LOCK, body)


@router.post("/v1/observations/{observation_id}/cancel")
async def cancel_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: Cancellation | None = None
) -> ObservationRead:
    """It did not take place, or was broken off."""
    return await _move(request, unit, observation_id, Move.CANCEL, body, reason=body.reason if body else None)


@router.post("/v1/observations/{observation_id}/void")
async def void_observation(
    observation_id: Id, request: Request, body: Voiding, unit: CanWriteObservations
) -> ObservationRead:
    """Take a finished observation out of every count, with a reason. The record stays."""
    return await _move(request, unit, observation_id, Move.VOID, body, reason=body.reason)


@router.post("/v1/observations/{observation_id}/pre-conference")
async def hold_pre_conference(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: Conference | None = None
) -> ObservationRead:
    """The conference before the visit was held."""
    said = body or Conference()
    step = Move.PRE_CONFERENCE
    row = await moving.confer(unit, settings_of(request.app.state.runtime), observation_id, step, said.at, said.notes)
    return read(unit.who, row)


@router.post("/v1/observations/{observation_id}/post-conference")
async def hold_post_conference(
    observation_id: Id, request: Request, unit: CanWriteObservations, body: Conference | None = None
) -> ObservationRead:
    """The conference after the visit was held."""
    said = body or Conference()
    step = Move.POST_CONFERENCE
    row = await moving.confer(unit, settings_of(request.app.state.runtime), observation_id, step, said.at, said.notes)
    return read(unit.who, row)


@router.post("/v1/observations/{observation_id}/ask-unlock")
async def ask_to_unlock_observation(
    observation_id: Id, request: Request, body: UnlockRequest, unit: CanWriteObservations
) -> ObservationRead:
    """One side asks that a locked record be mended; nothing happens until the other side agrees."""
    return read(
        unit.who, await moving.ask_unlock(unit, settings_of(request.app.state.runtime), observation_id, body.reason)
    )


@router.post("/v1/observations/{observation_id}/unlock")
async def unlock_observation(observation_id: Id, request: Request, unit: CanWriteObservations) -> ObservationRead:
    """The other side agrees: the observer may write again, until it is locked anew as the next report."""
    return read(
        unit.who, await moving.settle_unlock(unit, settings_of(request.app.state.runtime), observation_id, Move.UNLOCK)
    )


@router.post("/v1/observations/{observation_id}/refuse-unlock")
async def refuse_to_unlock_observation(
    observation_id: Id, request: Request, unit: CanWriteObservations
) -> ObservationRead:
    """The other side does not agree, or who asked takes it back."""
    return read(
        unit.who,
        await moving.settle_unlock(unit, settings_of(request.app.state.runtime), observation_id, Move.REFUSE_UNLOCK),
    )


@router.post("/v1/observations/{observation_id}/reassign")
async def reassign_observation(
    observation_id: Id, request: Request, body: Reassignment, unit: CanWriteObservations
) -> ObservationRead:
    """Hand it to another observer, with the evidence; the observer does so, or who leads the school."""
    return read(
        unit.who, await moving.reassign(unit, settings_of(request.app.state.runtime), observation_id, body.observer_id)
    )


async def _move(
    request: Request, unit: CanWriteObservations, observation_id: Id, step: Move, body: ActionTime | None, **more: Any
) -> ObservationRead:
    at = body.at if body else None
    return read(
        unit.who, await moving.move(unit, settings_of(request.app.state.runtime), observation_id, step, at, **more)
    )
