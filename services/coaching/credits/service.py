from uuid import UUID

from services.coaching.credits.models import Credit
from shared.clock import new_id
from shared.feed.events import Event
from shared.units import Unit, emit


async def award(unit: Unit, activity_id: UUID, people: list[UUID], contact_hours: float) -> None:
    """Add a credit for each of these people. The activity closes in the same transaction, so it happens once."""
    if contact_hours <= 0:
        return
    for person_id in people:
        credit = Credit(
            district_id=unit.district_id, id=new_id(), person_id=person_id, activity_id=activity_id,
            contact_hours=contact_hours, awarded_at=unit.now,
        )  # fmt: skip
        unit.session.add(credit)
        state = {"person_id": person_id, "activity_id": activity_id, "contact_hours": contact_hours}
        emit(unit, Event("credit.awarded", "credits", credit.id, state, tuple(state)))
