"""Positions, licences and career stages in the field's words, and when somebody has more than one full position."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

FULL = 1.0
_LEEWAY = 1e-9  # three thirds are one
_NAMESPACE = "uri://ed-fi.org/StaffClassificationDescriptor#"

# Our word -> the code of Ed-Fi's staff classification.
POSITIONS = {
    "teacher": "Teacher",
    "substitute_teacher": "Substitute Teacher",
    "instructional_aide": "Instructional Aide",
    "instructional_coordinator": "Instructional Coordinator",
    "mentor": "Mentor",
    "school_counselor": "Counselor",
    "school_specialist": "School Specialist",
    "school_leader": "School Leader",
    "principal": "Principal",
    "assistant_principal": "Assistant Principal",
    "school_administrator": "School Administrator",
    "superintendent": "Superintendent",
    "assistant_superintendent": "Assistant Superintendent",
    "lea_administrator": "LEA Administrator",
    "lea_specialist": "LEA Specialist",
    "librarian": "Librarians/Media Specialists",
    "support_services": "Support Services Staff",
    "operational_support": "Operational Support",
    "other": "Other",
}


class LicenceLevel(StrEnum):
    EMERGENCY = "emergency"
    PROVISIONAL = "provisional"
    INITIAL = "initial"
    PROFESSIONAL = "professional"
    ADVANCED = "advanced"


class CareerStage(StrEnum):
    INDUCTION = "induction"
    EARLY = "early"
    MID = "mid"
    VETERAN = "veteran"
    LEADER = "leader"


def classification_of(position: str) -> str:
    """Say a position as Ed-Fi does; what a district added to the vocabulary is `Other` there."""
    return _NAMESPACE + POSITIONS.get(position, POSITIONS["other"])


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a full position, from its first day to its last."""

    fte: float
    begin: date
    end: date | None


def overloads(shares: Iterable[Share]) -> list[Share]:
    """Give the stretches of days on which these add up to more than one full position, with what they add up to."""
    steps: dict[date, float] = {}
    for share in shares:
        steps[share.begin] = steps.get(share.begin, 0.0) + share.fte
        if share.end is not None:
            after = share.end + timedelta(days=1)
            steps[after] = steps.get(after, 0.0) - share.fte
    days = sorted(steps)
    total, found = 0.0, []
    for place, day in enumerate(days):
        total += steps[day]
        if total > FULL + _LEEWAY:
            last = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
            found.append(Share(round(total, 6), day, last))
    return found


def meet(one: Share, other: Share) -> bool:
    """Say whether two stretches share a day."""
    return (one.end is None or other.begin <= one.end) and (other.end is None or one.begin <= other.end)
