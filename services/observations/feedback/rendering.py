"""An observation's feedback as it is read: what was said, with the evidence that it cites, and how far it came."""

from services.observations.feedback.schemas import FeedbackRead, FeedbackState
from services.observations.observations.models import Observation


def read(row: Observation) -> FeedbackRead:
    feedback = row.feedback or {}
    cited = set(feedback["evidence"])
    columns = row.model_dump(include=set(FeedbackRead.model_fields))
    said = {
        "state": _state_of(row), "due_at": row.feedback_due_at, "body": feedback["body"],
        "evidence": [line for line in row.script if line["id"] in cited], "next_steps": feedback["next_steps"],
    }  # fmt: skip
    return FeedbackRead.model_validate(columns | said)


def _state_of(row: Observation) -> FeedbackState:
    if row.followed_up_at is not None:
        return FeedbackState.FOLLOWED_UP
    if row.shared_at is None:
        return FeedbackState.DRAFT
    if row.read_at is None:
        return FeedbackState.SHARED
    return FeedbackState.READ if row.responded_at is None else FeedbackState.RESPONDED
