"""What makes somebody staff, and which roles are whose. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

NOT_STAFF = frozenset({"student", "parent", "guardian", "relative"})


class StaffRole(StrEnum):
    """OneRoster 1.2's roles but those of students and their families."""

    AIDE = "aide"
    COUNSELOR = "counselor"
    DISTRICT_ADMINISTRATOR = "districtAdministrator"
    PRINCIPAL = "principal"
    PROCTOR = "proctor"
    SITE_ADMINISTRATOR = "siteAdministrator"
    SYSTEM_ADMINISTRATOR = "systemAdministrator"
    TEACHER = "teacher"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What somebody is somewhere, from when to when."""

    role: str
    org_id: UUID
    begin_date: date | None
    end_date: date | None


def by_hand(wanted: Sequence[Assignment], of_roster: Iterable[Assignment]) -> list[Assignment]:
    """Give what is to be kept as given by hand: what the roster says already need not be said again."""
    said = set(of_roster)
    return list(dict.fromkeys(assignment for assignment in wanted if assignment not in said))


def is_staff(roles: Iterable[str], *, is_manual: bool) -> bool:
    """Say whether somebody is staff. Entered by hand without any role yet is; of a roster without one is not."""
    known = set(roles)
    return bool(known - NOT_STAFF) or (is_manual and not known)
