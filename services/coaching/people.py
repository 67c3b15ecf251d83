"""The staff that a leader leads, from the local copies of the roster."""

from uuid import UUID

from sqlalchemy import Select, or_, select, union_all

from services.coaching.tables import Table
from shared.access.principals import Principal
from shared.clock import now

_people = Table.metadata.tables["coaching.copied_people"].c
_relationships = Table.metadata.tables["coaching.copied_relationships"].c


def staff_of(who: Principal) -> Select[UUID]:
    """Select the ids, duplicates' too, of those who teach or lead today in an organisation that the person leads."""
    today = now().date()
    led = who.person.led_orgs if who.person else frozenset()
    staff = select(_relationships.person_id).where(
        _relationships.district_id == who.district_id,
        _relationships.org_id.in_(led),
        _relationships.archived.is_(False),
        or_(_relationships.begin_date.is_(None), _relationships.begin_date <= today),
        or_(_relationships.end_date.is_(None), _relationships.end_date >= today),
    )
    merged = select(_people.id).where(_people.district_id == who.district_id, _people.merged_into.in_(staff))
    return select(union_all(staff, merged).subquery().c[0])
