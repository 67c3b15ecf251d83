"""What must hold of what is handed in, and what stands for what was left out. No I/O."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.districts.gradebook.schemas import GradedGiven
from shared.errors import Invalid

Row = dict[str, Any]
Rule = Callable[[Row, datetime], Row]


def row_of(given: GradedGiven, references: Mapping[str, Any]) -> Row:
    """Give the columns but for the references. What is empty is not there."""
    members = given.model_dump(exclude={*references, "metadata"})
    for name in {"learning_objective_set", "score_scale_value"} & set(members):
        parts = getattr(given, name) or ()
        members[name] = [part.model_dump(by_alias=True, exclude_none=True) for part in parts]
    extension = given.metadata or None
    return {name: None if value in ("", []) else value for name, value in members.items()} | {"extension": extension}


def as_given(row: Row, _now: datetime) -> Row:
    return row


def complete_scale(row: Row, _now: datetime) -> Row:
    marks = [value["itemValueLHS"] for value in row["score_scale_value"]]
    if len(marks) != len(set(marks)):
        raise Invalid("a score scale says each itemValueLHS once")
    return row


def complete_line_item(row: Row, now: datetime) -> Row:
    least, most = row["result_value_min"], row["result_value_max"]
    if least is not None and most is not None and least > most:
        raise Invalid(f"resultValueMin {least} is more than resultValueMax {most}")
    assigned = row["assign_date"] or row["due_date"] or _midnight(now)
    return row | {"assign_date": assigned, "due_date": row["due_date"] or assigned}


def complete_result(row: Row, now: datetime) -> Row:
    is_scored = row["score"] is not None or row["text_score"] is not None
    status = row["score_status"] or ("fully graded" if is_scored else "not submitted")
    return row | {"score_status": status, "score_date": row["score_date"] or now.date()}


def _midnight(now: datetime) -> datetime:
    """The day and not the moment, so that the same sent again is the same."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def check_unique(sourced_ids: Sequence[str]) -> None:
    if len(sourced_ids) != len(set(sourced_ids)):
        raise Invalid("a sourcedId stands more than once in what was sent")
