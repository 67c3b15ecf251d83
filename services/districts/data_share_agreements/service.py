from uuid import UUID

from sqlmodel import col

from services.districts.clients.granting import check_grant
from services.districts.clients.rules import in_order
from services.districts.data_share_agreements import rules
from services.districts.data_share_agreements.errors import AgreementSigned
from services.districts.data_share_agreements.models import DataShareAgreement
from services.districts.data_share_agreements.queries import visible_to
from services.districts.data_share_agreements.schemas import DataShareAgreementWrite
from services.districts.partners.queries import check_partner
from shared.clock import now
from shared.contracts.districts import TokensState
from shared.errors import Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_agreement(unit: Unit, agreement_id: UUID, body: DataShareAgreementWrite) -> DataShareAgreement:
    """Record what was signed. Nobody hands out to a partner what they do not have themselves."""
    values = body.model_dump() | {"scopes": in_order(body.scopes)}
    stored = await stored_row(unit, DataShareAgreement, visible_to(unit.who), agreement_id)
    if done := repeated(unit, stored, values):
        return done
    if stored is not None:
        raise AgreementSigned
    if errors := rules.forbidden(body.scopes) + rules.order_faults(body.begin_date, body.end_date):
        raise Invalid(errors=errors)
    check_grant(unit, body.scopes)
    await check_partner(unit, body.partner_id)
    row, changed = await put_row(unit, DataShareAgreement, agreement_id, None, values)
    return _announced(unit, "data_share_agreement.signed", row, changed)


async def get_agreement(unit: Unit, agreement_id: UUID, *, lock: bool = False) -> DataShareAgreement:
    return await load(unit, visible_to(unit.who).where(col(DataShareAgreement.id) == agreement_id), lock=lock)


async def revoke_agreement(unit: Unit, agreement_id: UUID) -> DataShareAgreement:
    """Revoke for good: nothing is given under it any more, and what was given ends within seconds."""
    row = await get_agreement(unit, agreement_id, lock=True)
    changed = archive_row(unit, row)
    if changed:
        row.revoked_at = unit.now
        row.tokens_ended_at = now()  # after the lock, for which whoever gave a token meanwhile has made it wait
    return _announced(unit, "data_share_agreement.revoked", row, changed)


def _announced(unit: Unit, kind: str, row: DataShareAgreement, changed: tuple[str, ...]) -> DataShareAgreement:
    state = TokensState.of(row, subject=str(row.id))
    announce(unit, kind, "data-share-agreements", row, state, changed)
    return show(unit, row)
