from uuid import UUID

from fastapi import Request
from sqlmodel import col

from services.observations.history.models import ObservationChange
from services.observations.history.queries import changes_of, changes_since
from services.observations.history.rules import after, plain
from services.observations.history.schemas import ChangeRead, FieldChange, HistoryQuery
from services.observations.observations.access import withheld
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from shared.paging import Page, page_of
from shared.units import Unit
from shared.writes import load


async def history_of(unit: Unit, request: Request, query: HistoryQuery, observation_id: UUID) -> Page[ChangeRead]:
    row = await load(unit, visible_observations(unit.who).where(col(Observation.id) == observation_id))
    statement = changes_of(unit.who, row)
    changes, following, total = await page_of(unit, request, query, statement, ObservationChange.version)
    later = await changes_since(unit, row, changes[0].version) if changes else []
    now = plain(row.model_dump())
    data = [_read(unit, row, change, _after(change, later, now)) for change in changes]
    return Page(data=data, next=following, total=total)


def _after(change: ObservationChange, later: list[ObservationChange], now: dict[str, object]) -> dict[str, object]:
    return after(change, [one for one in later if one.version > change.version], now)


def _read(unit: Unit, row: Observation, change: ObservationChange, then: dict[str, object]) -> ChangeRead:
    shown = None
    if withheld(unit.who, row) is None and (unit.who.acts_as(row.observer_id) or _was_shared(row, change)):
        shown = [FieldChange(field=name, before=value, after=then[name]) for name, value in change.before.items()]
    columns = change.model_dump(include={"version", "at", "what", "person_id", "client_id"})
    return ChangeRead(**columns, fields=list(change.before), changes=shown)


def _was_shared(row: Observation, change: ObservationChange) -> bool:
    """Say whether it was changed before everybody's eyes. A draft is its author's."""
    return row.shared_at is not None and change.at >= row.shared_at
