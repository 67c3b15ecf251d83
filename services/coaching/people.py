"""The staff that a leader leads, from the local copies of the roster."""

from uuid import UUID

from sqlalchemy import Select, or_, select

from services.coaching.tables import Table
from shared.access.principals import Principal
from shared.clock import now

_relationships = Table.metadata.tables["coaching.copied_relationships"].c


def staff_of(who: Principal) -> Select[UUID]:
    """Select the ids of those who teach or lead today in an organisation that the acting person leads."""
    today = now().date()
    led = who.person.led_orgs if who.person else frozenset()
    return select(_relationships.person_id).where(
        _relationships.district_id == who.district_id,
        _relationships.org_id.in_(led),
        _relationships.archived.is_(False),
        or_(_relationships.begin_date.is_(None), _relationships.begin_date <= today),
        or_(_relationships.end_date.is_(None), _relationships.end_date >= today),
    )
