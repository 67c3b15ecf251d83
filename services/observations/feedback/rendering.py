"""An observation's feedback as it is read: what was said, with the evidence that it cites, and how far it came."""

from collections.abc import Sequence
from typing import Any

from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.queries import cited
from services.observations.evidence_items.schemas import EvidenceItemRead
from services.observations.feedback.schemas import FeedbackRead, FeedbackState
from services.observations.observations.models import Observation
from shared.units import Unit


async def read_all(unit: Unit, rows: Sequence[Observation]) -> list[FeedbackRead]:
    beside = [row.id for row in rows if len(_lines_of(row)) < len((row.feedback or {})["evidence"])]
    items = (await unit.session.execute(cited(unit.who, beside))).scalars().all() if beside else ()
    return [_read(row, [item for item in items if item.observation_id == row.id]) for row in rows]


def _read(row: Observation, items: Sequence[EvidenceItem]) -> FeedbackRead:
    feedback = row.feedback or {}
    columns = row.model_dump(include=set(FeedbackRead.model_fields))
    said = {
        "state": _state_of(row), "due_at": row.feedback_due_at, "body": feedback["body"],
        "evidence": _lines_of(row), "next_steps": feedback["next_steps"],
        "evidence_items": [
            EvidenceItemRead.model_validate(item) for item in items if str(item.id) in feedback["evidence"]
        ],
    }  # fmt: skip
    return FeedbackRead.model_validate(columns | said)


def _lines_of(row: Observation) -> list[dict[str, Any]]:
    """Give the lines of the script that feedback cites; what else it cites is evidence items."""
    return [line for line in row.script if line["id"] in (row.feedback or {})["evidence"]]


def _state_of(row: Observation) -> FeedbackState:
    if row.followed_up_at is not None:
        return FeedbackState.FOLLOWED_UP
    if row.shared_at is None:
        return FeedbackState.DRAFT
    if row.read_at is None:
        return FeedbackState.SHARED
    return FeedbackState.READ if row.responded_at is None else FeedbackState.RESPONDED
