"""Who may change what an organisation plans: its leaders, or a machine that acts for nobody."""

from uuid import UUID

from shared.errors import Forbidden
from shared.units import Unit


def leads(unit: Unit, org_id: UUID) -> bool:
    return unit.who.person is None or org_id in unit.who.person.led_orgs


def must_lead(unit: Unit, org_id: UUID) -> None:
    if not leads(unit, org_id):
        raise Forbidden("only a leader of that school or district may change this")
