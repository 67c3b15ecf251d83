"""What a school is like as it is read: without the numbers that stand for too few students, or would tell of them."""

from services.districts.school_attributes import rules
from services.districts.school_attributes.models import SchoolAttributes
from services.districts.school_attributes.schemas import SchoolAttributesRead


def read(row: SchoolAttributes, n_min: int) -> SchoolAttributesRead:
    hidden = rules.hidden(row.enrollment, n_min) if row.enrollment else frozenset()
    note = f"fewer than {n_min} students, or a number from which such a one could be worked out" if hidden else None
    shown = row.enrollment and {group: None if group in hidden else n for group, n in row.enrollment.items()}
    return SchoolAttributesRead.model_validate(
        row.model_dump() | {"enrollment": shown, "suppressed": sorted(hidden), "suppression_note": note}
    )
