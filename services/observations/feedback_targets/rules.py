"""How a target stands on a day, and which feedback counts towards it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from services.observations.expectations.rules import Seen
from services.observations.feedback_targets.schemas import TargetState
from services.observations.staff.rules import Leave, days_later, is_away
from shared.access.purposes import Purpose


class Row(Protocol):
    every_days: int
    begin_date: date
    end_date: date | None
    given: list[date]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which feedback counts towards a target: where and since when, of visits as what, from whom, on what."""

    school_id: UUID
    begin: date
    subject: str | None = None
    by: frozenset[str] = frozenset()
    content_area: str | None = None

    def counts(self, seen: Seen) -> bool:
        """Take visits for growth at its school alone: who leads one learns nothing of what happens at another."""
        if seen.purpose != Purpose.COACHING or seen.shared_on is None or (self.by and not seen.by & self.by):
            return False
        if seen.day < self.begin or seen.school_id != self.school_id or self.subject not in {None, seen.subject}:
            return False
        experts = {subject.casefold() for subject in seen.expert_in}
        return self.content_area is None or self.content_area.casefold() in experts


def given(seen: Iterable[Seen], wanted: Wanted) -> list[date]:
    """Give the days on which feedback that counts was shared."""
    return sorted(one.shared_on for one in seen if one.shared_on is not None and wanted.counts(one))


def last_given(row: Row, day: date) -> date | None:
    return max((one for one in row.given if one <= day), default=None)


def due_date(row: Row, day: date, leaves: Sequence[Leave]) -> date:
    """Count days at work alone: who comes back from leave has as many left as before."""
    return days_later(last_given(row, day) or row.begin_date, row.every_days, leaves, day)


def state_on(row: Row, day: date, leaves: Sequence[Leave]) -> TargetState:
    if day < row.begin_date:
        return TargetState.UPCOMING
    if row.end_date is not None and day > row.end_date:
        return TargetState.OVER
    if is_away(leaves, day):
        return TargetState.NOT_AT_WORK
    return TargetState.OVERDUE if day > due_date(row, day, leaves) else TargetState.ON_TIME
