from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.data_share_agreements.models import DataShareAgreement
from services.districts.data_share_agreements.rules import InForce
from services.districts.data_share_agreements.schemas import DataShareAgreementQuery
from services.districts.dated import holds_on
from services.districts.districts.zones import zone_of
from shared.access.policies import DATA_SHARE_AGREEMENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection
from shared.paging import filtered

# Whoever revokes one or archives the partner waits for this, and then ends what was given meanwhile.
_IN_FORCE = """
select a.id, a.scopes, a.end_date from districts.data_share_agreements a
join districts.partners p on p.district_id = a.district_id and p.id = a.partner_id
where a.district_id = $1 and a.partner_id = $2 and a.begin_date <= $3 and a.end_date >= $3
  and a.archived_at is null and p.archived_at is null
order by a.id for share"""


def visible_to(who: Principal) -> Select[DataShareAgreement]:
    """A machine with the scope sees its district's; the permission types let no acting person in."""
    return select(DataShareAgreement).where(
        col(DataShareAgreement.district_id) == who.district_id,
        allowed(DATA_SHARE_AGREEMENTS, who, Columns(DataShareAgreement)),
    )


def found(who: Principal, query: DataShareAgreementQuery) -> Select[DataShareAgreement]:
    statement = filtered(visible_to(who), DataShareAgreement, query)
    if query.partner_id is not None:
        statement = statement.where(col(DataShareAgreement.partner_id) == query.partner_id)
    if query.as_of is not None:
        statement = statement.where(holds_on(DataShareAgreement, query.as_of))
    return statement


async def in_force(
    connection: Connection, district_id: UUID, partner_id: UUID, now: datetime
) -> tuple[list[InForce], ZoneInfo]:
    """Give a partner's agreements that hold today, and the zone whose day that is."""
    zone = ZoneInfo(await zone_of(connection, district_id, now))
    rows = await connection.fetch(_IN_FORCE, district_id, partner_id, now.astimezone(zone).date())
    agreements = [InForce(UUID(int=row["id"].int), frozenset(row["scopes"]), row["end_date"]) for row in rows]
    return agreements, zone
