"""Who somebody was on the day of what is judged: a role that ended since still counts for what was done under it."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.access.copies import load_person
from shared.access.principals import Principal
from shared.units import Unit

_SAME_DAY = timedelta(days=1)  # a school's day and UTC's differ


async def judged_on(unit: Unit, at: datetime | None) -> Principal:
    """Give the one who asks with the relationships of that day; of today, if it is today's."""
    person = unit.who.person
    if person is None or at is None or abs(at.date() - person.day) <= _SAME_DAY:
        return unit.who
    then = await load_person(unit.connection, unit.schema, unit.district_id, person.id, at.date())
    return replace(unit.who, person=then)
