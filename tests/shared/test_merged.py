"""Who turned out to be one person: both ids act as that person, and what is said of either is said of both."""

from uuid import UUID

from shared.access.copies import load_person
from shared.contracts.districts import PersonState
from shared.testing.stack import District
from shared.testing.staff import small_staff


async def test_a_duplicate_is_the_person_that_it_was_merged_into(district: District) -> None:
    staff = await small_staff(district)
    twin = await staff.person("twin")
    other = await staff.person("other", ("evaluates", twin))

    async def merged(into: UUID | None, version: int) -> None:
        state = PersonState(
            id=twin, version=version, archived=into is not None, given_name="T", family_name="T", merged_into=into
        )
        await staff._tell("people", state)

    await merged(staff["teacher"], 2)
    database = district.stack.runtimes["observations"].database
    async with database.transaction(district.id) as connection:
        for known_as in (twin, staff["teacher"]):
            person = await load_person(connection, "observations", district.id, known_as)
            assert person is not None
            assert (person.id, person.ids) == (staff["teacher"], {twin, staff["teacher"]})
            assert person.orgs == {staff.schools[0]}
        coach = await load_person(connection, "observations", district.id, staff["coach"])
        assert coach is not None
        assert coach.supports("coaches") == {twin, staff["teacher"]}
    await merged(None, 3)
    async with database.transaction(district.id) as connection:
        person = await load_person(connection, "observations", district.id, twin)
        assert person is not None
        assert person.ids == {twin}
        evaluator = await load_person(connection, "observations", district.id, other)
        assert evaluator is not None
        assert evaluator.supports("evaluates") == {twin}
