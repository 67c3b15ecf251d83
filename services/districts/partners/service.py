from uuid import UUID

from sqlmodel import col

from services.districts.partners.models import PartnerOrg
from services.districts.partners.queries import visible_to
from services.districts.partners.schemas import PartnerPatch, PartnerWrite
from shared.clock import now
from shared.contracts.districts import TokensState
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, load, put_row, repeated, show, stored_row


async def put_partner(unit: Unit, partner_id: UUID, body: PartnerWrite) -> PartnerOrg:
    values = body.model_dump(mode="json")
    stored = await stored_row(unit, PartnerOrg, visible_to(unit.who), partner_id)
    if done := repeated(unit, stored, values):
        return done
    row, changed = await put_row(unit, PartnerOrg, partner_id, stored, values)
    return _announced(unit, row, changed)


async def get_partner(unit: Unit, partner_id: UUID, *, lock: bool = False) -> PartnerOrg:
    return await load(unit, visible_to(unit.who).where(col(PartnerOrg.id) == partner_id), lock=lock)


async def patch_partner(unit: Unit, partner_id: UUID, patch: PartnerPatch) -> PartnerOrg:
    row = await get_partner(unit, partner_id, lock=True)
    return _announced(unit, row, await change_row(unit, row, patch.model_dump(mode="json", exclude_unset=True)))


async def archive_partner(unit: Unit, partner_id: UUID) -> PartnerOrg:
    """End the partnership: its clients get no token, and what they were given ends within seconds."""
    row = await get_partner(unit, partner_id, lock=True)
    changed = archive_row(unit, row)
    if changed:
        row.tokens_ended_at = now()  # after the lock, for which whoever gave a token meanwhile has made it wait
    return _announced(unit, row, changed)


def _announced(unit: Unit, row: PartnerOrg, changed: tuple[str, ...]) -> PartnerOrg:
    state = TokensState.of(row, subject=str(row.id))
    announce(unit, "partner.changed", "partners", row, state, changed)
    return show(unit, row)
