"""What an upload changed, what was changed meanwhile, and where they meet: a three-way merge by field. Pure.

Where only one of both sides changed a field, that side's value holds; where both made the same of it, that; where they
differ, it is a conflict and nothing of the upload is taken until somebody has chosen. How far an observation is never
conflicts: of two states the later holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.observations.observation_conflicts.schemas import Choice
from services.observations.observations import rules
from services.observations.observations.rules import State
from services.observations.observations.schemas import BatchItem, ObservationWrite
from services.observations.observations.timeline import TIMES
from shared.errors import FieldError

Values = Mapping[str, Any]
# Which observation it is, who is in it, and what is no field of it.
_IDENTITY = frozenset({"id", "base_version", "device", "revision", "observer_id", "state"})
_TIMES = frozenset({*TIMES, "ended_at"})
FIELDS = tuple(name for name in ObservationWrite.model_fields if name not in _IDENTITY)


@dataclass(frozen=True, slots=True)
class Merge:
    body: ObservationWrite
    conflicts: tuple[str, ...]
    alone: tuple[str, ...]  # what only the upload changed


def said(body: ObservationWrite) -> dict[str, Any]:
    """Give what a body says as JSON has it."""
    return body.model_dump(mode="json", exclude={"id", "base_version", "device", "revision"})


def write_of(record: Values) -> ObservationWrite:
    """Give a record as its observer would have written it, also one as of an earlier version."""
    state = State(record["state"])
    stood = state if state in rules.LINE else State.LOCKED if state is State.UNLOCKED else State.SCHEDULED
    names = set(ObservationWrite.model_fields)
    given = {name: value for name, value in record.items() if name in names} | {"state": stood.value}
    return ObservationWrite.model_validate(given, strict=False)


def merge(base: Values, stored: Values, item: BatchItem) -> Merge:
    """Bring an upload that started from `base` together with what is stored by now."""
    sent = said(item)
    merged = dict(stored)
    conflicts, alone = [], []
    for name in FIELDS:
        mine = sent[name]
        if _says_nothing(name, mine) or mine in (base[name], stored[name]):
            continue
        if stored[name] == base[name]:
            merged[name] = mine
            alone.append(name)
        else:
            conflicts.append(name)
    if not rules.reached(State(stored["state"]), State(sent["state"])):
        merged["state"] = sent["state"]
    return Merge(ObservationWrite.model_validate(merged, strict=False), tuple(conflicts), tuple(alone))


def settled(
    given: Mapping[str, str], base: Values, stored: Values, sent: Values, now: Values
) -> tuple[dict[str, str], list[FieldError]]:
    """Give a choice for each field, or say which is missing. What only the upload changed is taken unless it was
    chosen otherwise, as long as nobody has changed it since."""
    faults = [FieldError(f"#/choices/{name}", "unknown", "is not in question") for name in given if name not in sent]
    choices = dict(given)
    for name in sent:
        if name in given:
            continue
        if base[name] == stored[name] == now[name]:
            choices[name] = Choice.SENT.value
        else:
            faults.append(FieldError("#/choices", "missing", f"says nothing of {name}"))
    return choices, faults


def differing(stored: Values, item: BatchItem) -> tuple[str, ...]:
    """Name what an upload says otherwise than a record that can no longer be written."""
    sent = said(item)
    return tuple(name for name in FIELDS if not _says_nothing(name, sent[name]) and sent[name] != stored[name])


def _says_nothing(name: str, value: Any) -> bool:
    """A time, a lane or an answer that is not given is another's to say, and not a wish to remove it."""
    return value is None and (name in _TIMES or name in {"lane", "response"})
