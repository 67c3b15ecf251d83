from uuid import UUID

from sqlmodel import col

from services.districts.changing import correct, withdraw
from services.districts.terms.models import Term
from services.districts.terms.queries import visible_to
from services.districts.terms.schemas import TermPatch
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import load


async def get_term(unit: Unit, term_id: UUID, *, lock: bool = False) -> Term:
    return await load(unit, visible_to(unit.who).where(col(Term.id) == term_id), lock=lock)


async def patch_term(unit: Unit, term_id: UUID, patch: TermPatch) -> Term:
    row = await get_term(unit, term_id, lock=True)
    values = row.model_dump() | patch.model_dump(exclude_unset=True)
    if values["start_date"] and values["end_date"] and values["end_date"] < values["start_date"]:
        raise Invalid(errors=[FieldError("#/end_date", "order", "must not lie before start_date")])
    return await correct(unit, row, patch, event="term.changed")


async def archive_term(unit: Unit, term_id: UUID) -> Term:
    return await withdraw(unit, await get_term(unit, term_id, lock=True), event="term.changed")
