from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.partners.models import PartnerOrg
from shared.access.policies import PARTNERS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.errors import FieldError, Invalid
from shared.units import Unit


def visible_to(who: Principal) -> Select[PartnerOrg]:
    """A machine with the scope sees its district's; the permission types let no acting person in."""
    return select(PartnerOrg).where(
        col(PartnerOrg.district_id) == who.district_id, allowed(PARTNERS, who, Columns(PartnerOrg))
    )


async def check_partner(unit: Unit, partner_id: UUID) -> None:
    """Refuse an id of no partner of this district, or of one that was archived; it stays as it is meanwhile."""
    statement = (
        select(PartnerOrg.id)
        .where(
            col(PartnerOrg.district_id) == unit.district_id,
            col(PartnerOrg.id) == partner_id,
            col(PartnerOrg.archived_at).is_(None),
        )
        .with_for_update(read=True)
    )
    if (await unit.session.execute(statement)).first() is None:
        raise Invalid(errors=[FieldError("#/partner_id", "unknown", "is no partner of this district")])
