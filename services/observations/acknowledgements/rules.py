"""How many of those who should have read a version have, school by school. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

SHARE = "acknowledged_of_staff.v1"


@dataclass(frozen=True, slots=True)
class Tally:
    school_id: UUID
    school_name: str
    eligible: int
    acknowledged: int


def shares(tallies: Iterable[Tally], n_min: int) -> list[Mapping[str, Any]]:
    """Give each school's share, that of a small staff without its numbers. There is no total to work one out from."""
    return [_share(one, n_min) for one in tallies]


def _share(one: Tally, n_min: int) -> Mapping[str, Any]:
    school = {"school_id": one.school_id, "school_name": one.school_name}
    if 0 < one.eligible < n_min:
        hidden = {"eligible": None, "acknowledged": None, "share": None}
        return school | hidden | {"suppressed": True, "reason": "below_minimum_n"}
    return school | {
        "eligible": one.eligible,
        "acknowledged": one.acknowledged,
        "share": one.acknowledged / one.eligible if one.eligible else None,
        "suppressed": False,
        "reason": None if one.eligible else "empty_denominator",
    }
