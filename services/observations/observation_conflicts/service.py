import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlmodel import col

from services.observations.history.rules import plain
from services.observations.observation_conflicts.errors import ConflictResolved
from services.observations.observation_conflicts.models import ObservationConflict
from services.observations.observation_conflicts.queries import visible_to
from services.observations.observation_conflicts.rules import said, settled, write_of
from services.observations.observation_conflicts.schemas import (
    Choice,
    ConflictingField,
    ConflictState,
    ObservationConflictRead,
    Resolution,
)
from services.observations.observation_policies.known import policy_of
from services.observations.observations.models import Observation
from services.observations.observations.replacing import replace, writable
from services.observations.observations.schemas import BatchItem, ObservationWrite
from services.observations.observations.service import get as get_observation
from services.observations.settings import ObservationsSettings
from shared.contracts.state import State
from shared.errors import Invalid
from shared.units import Unit
from shared.writes import announce, check_version, load, show, touch


async def keep(
    unit: Unit, row: Observation, item: BatchItem, base: dict[str, Any], base_version: int, names: Sequence[str]
) -> ObservationConflict:
    """Keep both values of the fields in question. The same upload again is the same conflict, resolved or not."""
    sent = {name: said(item)[name] for name in names}
    digest = hashlib.sha256(orjson.dumps([base_version, sent], option=orjson.OPT_SORT_KEYS)).hexdigest()
    conflict_id = uuid5(row.id, digest)
    if known := await unit.session.get(ObservationConflict, (unit.district_id, conflict_id)):
        return known
    stored = said(write_of(plain(row.model_dump())))
    conflict = ObservationConflict(
        district_id=unit.district_id,
        id=conflict_id,
        created_at=unit.now,
        updated_at=unit.now,
        observation_id=row.id,
        state=ConflictState.OPEN.value,
        base_version=base_version,
        stored_version=row.version,
        device=item.device,
        revision=item.revision,
        client_id=unit.who.client_id,
        person_id=unit.who.person_id,
        base={name: base[name] for name in names},
        stored={name: stored[name] for name in names},
        sent=sent,
    )
    unit.session.add(conflict)
    _tell(unit, conflict, "found", ("state",))
    return conflict


async def get_conflict(unit: Unit, conflict_id: UUID, *, lock: bool = False) -> ObservationConflict:
    return await load(unit, visible_to(unit.who).where(col(ObservationConflict.id) == conflict_id), lock=lock)


async def resolve(
    unit: Unit, settings: ObservationsSettings, conflict_id: UUID, resolution: Resolution
) -> ObservationConflict:
    """Let one of the two hold for each field; the other stays in the conflict and in the history."""
    conflict = await get_conflict(unit, conflict_id, lock=True)
    choices = {name: choice.value for name, choice in resolution.choices.items()}
    if conflict.state == ConflictState.RESOLVED:
        if choices.items() <= (conflict.choices or {}).items():
            return show(unit, conflict)
        raise ConflictResolved
    row = await get_observation(unit, conflict.observation_id, lock=True)
    now = said(write_of(plain(row.model_dump())))
    choices, faults = settled(choices, conflict.base, conflict.stored, conflict.sent, now)
    if faults:
        raise Invalid(errors=faults)
    check_version(unit, conflict.version)
    taken = {name: conflict.sent[name] for name, choice in choices.items() if choice == Choice.SENT}
    if taken:
        body = ObservationWrite.model_validate(said(writable(row)) | taken, strict=False)
        policy = await policy_of(unit.connection, unit.district_id, settings, [body.school_id], anew=True)
        await replace(unit, policy, row, body, lambda _: None)
    values = {"state": ConflictState.RESOLVED.value, "choices": choices, "resolved_at": unit.now}
    _tell(unit, conflict, "resolved", touch(unit, conflict, values))
    return show(unit, conflict)


def read(conflict: ObservationConflict) -> ObservationConflictRead:
    chosen = conflict.choices or {}
    fields = [
        ConflictingField(
            field=name, base=conflict.base[name], stored=conflict.stored[name], sent=value, choice=chosen.get(name)
        )
        for name, value in conflict.sent.items()
    ]
    columns = conflict.model_dump(include=set(ObservationConflictRead.model_fields))
    return ObservationConflictRead.model_validate(columns | {"fields": fields})


def _tell(unit: Unit, conflict: ObservationConflict, verb: str, changed: tuple[str, ...]) -> None:
    state = State.of(conflict) | {"state": conflict.state}
    announce(unit, f"observation_conflict.{verb}", "observation-conflicts", conflict, state, changed)
