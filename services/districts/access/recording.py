"""Who may record an observation that is not there yet: the same policy, asked of a row that somebody might make."""

from itertools import product

from services.districts.access.schemas import RecordingCase, RecordingExplanation, RecordingQuery
from services.districts.access.service import explained
from services.districts.people.service import get_person
from shared.access import rights
from shared.access.explaining import Asked, load_roster, tell
from shared.access.policies import OBSERVATIONS
from shared.access.policy import Action
from shared.access.principals import ActingPerson
from shared.access.purposes import Purpose
from shared.access.rights import Roster
from shared.units import Unit


async def explain_recording(unit: Unit, query: RecordingQuery) -> RecordingExplanation:
    """Judge a visit for each purpose and school that was asked for, by the relationships of its day."""
    for person_id in (query.person, query.teacher):
        await get_person(unit, person_id)
    day = query.as_of or unit.now.date()
    roster = await load_roster(unit.connection, unit.schema, unit.district_id, [query.person, query.teacher])
    person = rights.person_on(roster, query.person, day)
    return RecordingExplanation(
        person_id=query.person, teacher_id=query.teacher, type=query.type, as_of=day, is_active=person is not None,
        cases=[] if person is None else await _cases(unit, query, roster, person),
    )  # fmt: skip


async def _cases(unit: Unit, query: RecordingQuery, roster: Roster, person: ActingPerson) -> list[RecordingCase]:
    asked = Asked(unit.district_id, query.person, query.teacher, person.day)
    staff_of = rights.orgs_on(roster, query.teacher, person.day)
    schools = [query.school] if query.school else sorted(staff_of)
    cases = []
    for school_id, purpose in product(schools, [query.purpose] if query.purpose else list(Purpose)):
        row = {
            "teacher_id": query.teacher, "observer_id": query.person, "school_id": school_id, "type": query.type,
            "purpose": purpose.value,
        }  # fmt: skip
        said = tell(OBSERVATIONS, roster, asked, person, Action.RECORD, row)
        decision = await explained(unit, said, person.day)
        is_staff = school_id in staff_of
        cases.append(RecordingCase(school_id=school_id, purpose=purpose, teacher_is_staff=is_staff, decision=decision))
    return cases
