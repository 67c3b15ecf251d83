"""The staff that a leader leads, from the local copies of the roster."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select, union, union_all

from services.coaching.tables import Table
from shared.access.principals import Principal

_people = Table.metadata.tables["coaching.copied_people"].c
_relationships = Table.metadata.tables["coaching.copied_relationships"].c


def staff_of(who: Principal) -> Select[UUID]:
    """Select the ids, duplicates' too, of those who teach or lead today in an organisation that the person leads."""
    led = who.person.led_orgs if who.person else frozenset()
    today = who.person.day if who.person else date.min
    staff = select(_relationships.person_id).where(
        _relationships.district_id == who.district_id,
        _relationships.org_id.in_(led),
        _relationships.archived.is_(False),
        or_(_relationships.begin_date.is_(None), _relationships.begin_date <= today),
        or_(_relationships.end_date.is_(None), _relationships.end_date >= today),
    )
    # Whoever is merged is the same as the other, in both directions.
    themselves = select(_people.merged_into).where(_people.district_id == who.district_id, _people.id.in_(staff))
    known = union(staff, themselves.where(_people.merged_into.is_not(None))).subquery()
    all_known = select(known.c[0])
    merged = select(_people.id).where(_people.district_id == who.district_id, _people.merged_into.in_(all_known))
    return select(union_all(all_known, merged).subquery().c[0])
