"""Which relationships there are, and what each one needs. No I/O."""

from enum import StrEnum
from typing import Any

from shared.errors import FieldError


class Kind(StrEnum):
    TEACHES_AT = "teaches_at"
    LEADS = "leads"
    COACHES = "coaches"
    EVALUATES = "evaluates"
    SUPERVISES = "supervises"
    MENTORS = "mentors"


TO_ORGS = frozenset({Kind.TEACHES_AT, Kind.LEADS})


def faults(values: dict[str, Any]) -> list[FieldError]:
    """Say what is wrong with a relationship as a whole."""
    found = []
    needs, spare = ("org_id", "target_person_id") if values["kind"] in TO_ORGS else ("target_person_id", "org_id")
    if values[needs] is None:
        found.append(FieldError(f"#/{needs}", "missing", f"{values['kind']} needs it"))
    if values[spare] is not None:
        found.append(FieldError(f"#/{spare}", "superfluous", f"{values['kind']} does not take it"))
    if values["target_person_id"] is not None and values["target_person_id"] == values["person_id"]:
        found.append(FieldError("#/target_person_id", "self", "nobody does that to oneself"))
    if values["begin_date"] and values["end_date"] and values["end_date"] < values["begin_date"]:
        found.append(FieldError("#/end_date", "order", "must not lie before begin_date"))
    return found
