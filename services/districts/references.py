"""Holds the ids that a row refers to against the district's people."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import col, select

from services.districts.people.models import Person
from shared.errors import FieldError, Invalid
from shared.units import Unit


async def check_staff(unit: Unit, people: Mapping[str, UUID | None]) -> None:
    """Refuse ids, by the pointers at which they stand, of nobody on the staff of this district."""
    given = {pointer: person for pointer, person in people.items() if person is not None}
    statement = select(Person.id).where(
        col(Person.district_id) == unit.district_id, col(Person.id).in_(given.values()), col(Person.is_staff)
    )
    known = set((await unit.session.execute(statement)).scalars()) if given else set()
    errors = [
        FieldError(pointer, "unknown", "is no member of staff of this district")
        for pointer, person in given.items()
        if person not in known
    ]
    if errors:
        raise Invalid(errors=errors)
