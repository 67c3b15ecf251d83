"""After a change by hand: what follows from it, in the same transaction.

A document for OneRoster, the relationships that roles give, the count of the roster's versions, and the events that
tell the other services.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from services.districts.oneroster import naming
from services.districts.oneroster.documents import count_up, write_documents
from services.districts.relationships.deriving import follow_roles
from services.districts.states.queries import RELATIONSHIPS, read_states
from services.districts.tables import Rostered
from shared.feed.events import BATCH_LIMIT, Event
from shared.units import Unit, emit
from shared.wire import Wire
from shared.writes import announce, archive_row, change_row, show

R = TypeVar("R", bound=Rostered)


async def person_changed(unit: Unit, person_id: UUID) -> None:
    """Let a person's relationships and document follow the roles."""
    await relationships_follow(unit, [person_id])
    await naming.follow(unit.connection, unit.district_id, unit.now, ["people"], [person_id])
    await write_documents(unit.connection, unit.district_id, unit.now, [person_id])
    await count_up(unit.connection, unit.district_id)


async def relationships_follow(unit: Unit, people: Iterable[UUID]) -> None:
    """Let these people's relationships follow their roles, and what was said of them by hand."""
    await unit.session.flush()
    followed = await follow_roles(unit.connection, unit.district_id, unit.now, list(people))
    for state in await read_states(unit.connection, unit.district_id, RELATIONSHIPS, followed):
        emit(unit, Event("relationship.changed", RELATIONSHIPS, UUID(state["id"]), state, ("role",)))


async def roster_changed(unit: Unit, table: str = "", row_id: UUID | None = None) -> None:
    await unit.session.flush()
    if row_id is not None and table in naming.TABLES:
        await naming.follow(unit.connection, unit.district_id, unit.now, [table], [row_id])
    await count_up(unit.connection, unit.district_id)


async def correct(unit: Unit, row: R, patch: Wire, *, event: str) -> R:
    """Correct a row by hand: that holds until the roster's source itself says something new."""
    changed = await change_row(unit, row, patch.model_dump(exclude_unset=True))
    return await _told(unit, row, changed, event)


async def withdraw(unit: Unit, row: R, *, event: str) -> R:
    return await _told(unit, row, archive_row(unit, row), event)


async def _told(unit: Unit, row: R, changed: tuple[str, ...], event: str) -> R:
    """Tell of a row that no other service copies: who wants its state reads it."""
    if changed:
        data = {"id": row.id, "version": row.version, "archived": row.archived_at is not None}
        announce(unit, event, str(row.__tablename__), row, data, changed)
        await roster_changed(unit, str(row.__tablename__), row.id)
    return show(unit, row)


def announce_batches(unit: Unit, entity: str, ids: Sequence[UUID]) -> None:
    """Name many at once; whoever needs their state reads it back in bulk."""
    for start in range(0, len(ids), BATCH_LIMIT):
        emit(unit, Event.batch(entity, list(ids[start : start + BATCH_LIMIT])))
