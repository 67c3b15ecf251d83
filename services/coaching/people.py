"""The staff that a leader leads, from the local copies of the roster."""

from uuid import UUID

from sqlalchemy import Select

from services.coaching.tables import Table
from shared.access import staffing
from shared.access.principals import Principal


def staff_of(who: Principal) -> Select[UUID]:
    """Select the ids, duplicates' too, of those who teach or lead today in an organisation that the person leads."""
    return staffing.staff_of(Table.metadata, "coaching", who, who.person.led_orgs if who.person else ())
