"""An item of a batch whose observation is stored already: an echo, a change, a merge, or a conflict.

A device that counts its saves sends each as a whole, so of its saves the highest holds, whatever order they come in,
and however often. What others changed meanwhile is merged field by field; where both changed the same field, nothing of
the upload is taken and both values are kept (observation_conflicts).
"""

from typing import Any
from uuid import UUID

from services.observations.history.queries import changes_since
from services.observations.history.rules import as_of, plain
from services.observations.observation_conflicts import service as conflicts
from services.observations.observation_conflicts.errors import ObservationConflicts
from services.observations.observation_conflicts.rules import differing, merge, said, write_of
from services.observations.observation_policies.rules import Policy
from services.observations.observations.access import check_mover
from services.observations.observations.errors import ObservationLocked
from services.observations.observations.models import Observation
from services.observations.observations.replacing import replace, says_the_same
from services.observations.observations.schemas import BatchItem, ItemOutcome
from shared.errors import AppError, FieldError, Invalid, PreconditionFailed, PreconditionRequired
from shared.units import Unit
from shared.writes import etag

Mark = tuple[int, int]  # the device's latest save that is in, and the version that it made


async def change_stored(
    unit: Unit, policy: Policy, row: Observation, item: BatchItem, mark: Mark | None
) -> ItemOutcome:
    check_mover(unit.who, row, None)
    if (item.device is None) != (item.revision is None):
        raise Invalid(errors=[FieldError("#/revision", "missing", "device and revision go together")])
    is_echo = mark is not None and item.revision is not None and item.revision <= mark[0]
    if is_echo or says_the_same(row, item):
        return _done(row)
    base = max(item.base_version or 0, mark[1] if mark else 0)
    if not base:
        raise PreconditionRequired("say which version you changed: base_version", current=etag(row.version))
    if base > row.version:
        raise PreconditionFailed(f"you changed version {base}, now it is {row.version}", current=etag(row.version))
    changes = await changes_since(unit, row, base) if base < row.version else []
    now = plain(row.model_dump())
    started = said(write_of(as_of(base, changes, now)))
    return await _merged(unit, policy, row, item, base, started, said(write_of(now)))


async def _merged(
    unit: Unit, policy: Policy, row: Observation, item: BatchItem, base: int, started: dict[str, Any],
    stored: dict[str, Any],
) -> ItemOutcome:  # fmt: skip
    merged = merge(started, stored, item)
    if merged.conflicts:
        met = list(merged.conflicts)
        conflict = await conflicts.keep(unit, row, item, started, base, met + list(merged.alone))
        error = ObservationConflicts(conflict.state, fields=met, current=etag(row.version))
        return refused(item.id, error, conflict.id)
    body = item if base == row.version else merged.body
    try:
        await replace(unit, policy, row, body, lambda _: None)
    except ObservationLocked as error:
        names = differing(stored, item)
        kept = await conflicts.keep(unit, row, item, started, base, names) if names else None
        return refused(item.id, error, kept.id if kept else None)
    return _done(row)


def refused(id_: UUID | None, error: AppError, conflict_id: UUID | None = None) -> ItemOutcome:
    return ItemOutcome(id=id_, status=error.status, version=None, problem=error.problem(), conflict_id=conflict_id)


def _done(row: Observation) -> ItemOutcome:
    return ItemOutcome(id=row.id, status=200, version=row.version, problem=None)
