"""How an observation looks from outside: to the one who asks, and in its events."""

from collections.abc import Mapping
from typing import Any

import orjson

from services.observations.observations.access import withheld
from services.observations.observations.models import Observation
from services.observations.observations.schemas import Content, ObservationRead, Withheld
from shared.access.principals import Principal

HEADER = tuple(name for name in ObservationRead.model_fields if name not in {"withheld", "content"})
CONTENT = tuple(Content.model_fields)
_STATE = (
    "id", "version", "purpose", "type", "subject", "lane", "rating_kind", "state", "framework_version_id",
    "observer_id", "teacher_id", "school_id", "class_id", "announced", "scheduled_at", "observed_at", "submitted_at",
    "shared_at", "read_at", "responded_at", "followed_up_at", "locked_at", "feedback_due_at", "source",
)  # fmt: skip


def read(who: Principal, row: Observation, *, with_content: bool = True) -> ObservationRead:
    reason = withheld(who, row) if with_content else Withheld.NOT_ASKED
    content = None if reason else Content.model_validate({name: getattr(row, name) for name in CONTENT})
    header = {name: getattr(row, name) for name in HEADER}
    return ObservationRead.model_validate(header | {"withheld": reason, "content": content})


def read_bytes(who: Principal, row: Observation) -> bytes:
    """The same as `read`, as bytes. The JSON parts of a row that was just written are ready (orjson.Fragment)."""
    reason = withheld(who, row)
    body: dict[str, Any] = {name: getattr(row, name) for name in HEADER}
    body["withheld"] = reason
    body["content"] = None if reason else {name: getattr(row, name) for name in CONTENT}
    return orjson.dumps(body, option=orjson.OPT_UTC_Z)


def state_of(row: Observation, next_steps: int) -> Mapping[str, Any]:
    """The state that events carry (shared/contracts/observations.py): no free text, and no scores before submission."""
    state: dict[str, Any] = {name: getattr(row, name) for name in _STATE}
    submitted = row.submitted_at is not None
    state["archived"] = row.archived_at is not None
    state["scores"] = row.scores if submitted else []
    state["look_fors"] = row.look_fors if submitted else []
    state["next_steps"] = next_steps
    return state
