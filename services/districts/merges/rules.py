"""What becomes of each row when one person turns out to be another one. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.districts.relationships.rules import Span


@dataclass(frozen=True, slots=True)
class Held:
    """A row as it would be after the merge.

    Of one `series` only one may hold on a day; without one it may stand beside any other. `yields`: it follows from
    roles and makes room by itself. `denies`: it says that what roles give does not hold.
    """

    id: UUID
    series: tuple[Any, ...] | None
    span: Span
    is_reflexive: bool = False  # it would tie the person to himself
    is_active: bool = True
    yields: bool = False
    denies: bool = False


class Fate(StrEnum):
    MOVED = "moved"
    SET_ASIDE = "set_aside"
    LEFT = "left"


def fates(moving: Iterable[Held], staying: Sequence[Held]) -> dict[UUID, Fate]:
    """Say of each row of the duplicate whether it goes over.

    What the other one has already goes before: a row that would overlap it is set aside, and so is one that would tie
    the person to himself. Of several that would overlap each other the first to begin goes over. A denial stays behind
    where the other one has what it denies.
    """
    beside, found = [row for row in staying if row.is_active], {}
    for row in sorted(moving, key=lambda row: (row.span, row.id)):
        found[row.id] = fate = _fate(row, beside)
        if fate == Fate.MOVED and row.is_active:
            beside.append(row)
    return found


def _fate(row: Held, beside: Sequence[Held]) -> Fate:
    alike = [other for other in beside if row.series is not None and other.series == row.series]
    if row.denies:
        return Fate.LEFT if alike else Fate.MOVED
    if not row.is_active:
        return Fate.LEFT if row.is_reflexive else Fate.MOVED
    meets = any(not other.yields and other.span.overlaps(row.span) for other in alike)
    return Fate.SET_ASIDE if row.is_reflexive or (meets and not row.yields) else Fate.MOVED
