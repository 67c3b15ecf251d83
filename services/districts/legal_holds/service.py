from uuid import UUID

from sqlmodel import col, select

from services.districts.legal_holds.models import LegalHold
from services.districts.legal_holds.queries import visible_to
from services.districts.legal_holds.schemas import LegalHoldWrite
from services.districts.people.models import Person
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_hold(unit: Unit, hold_id: UUID, body: LegalHoldWrite) -> LegalHold:
    said = body.model_dump()
    stored = await stored_row(unit, LegalHold, visible_to(unit.who), hold_id)
    if done := repeated(unit, stored, said):
        return done
    someone = select(Person.id).where(col(Person.district_id) == unit.district_id, col(Person.id) == body.person_id)
    if (await unit.session.execute(someone)).first() is None:
        raise Invalid(errors=[FieldError("#/person_id", "unknown", "is nobody in this district")])
    row, changed = await put_row(unit, LegalHold, hold_id, stored, said)
    return _announced(unit, row, changed)


async def get_hold(unit: Unit, hold_id: UUID, *, lock: bool = False) -> LegalHold:
    return await load(unit, visible_to(unit.who).where(col(LegalHold.id) == hold_id), lock=lock)


async def archive_hold(unit: Unit, hold_id: UUID) -> LegalHold:
    row = await get_hold(unit, hold_id, lock=True)
    return _announced(unit, row, archive_row(unit, row))


def _announced(unit: Unit, row: LegalHold, changed: tuple[str, ...]) -> LegalHold:
    state = {"id": row.id, "version": row.version, "archived": row.archived_at is not None}
    announce(unit, "legal_hold.changed", "legal-holds", row, state, changed)
    return show(unit, row)
