"""Rights that were looked up hold exactly as long as the feed of districts has brought nothing."""

from datetime import date

import pytest

from shared.access import known_people
from shared.clock import now
from shared.testing.staff import Staff, small_staff
from tests.shared.probe import SERVICE, House

PATH = "/v1/short-probes"


@pytest.fixture
async def staff(house: House) -> Staff:
    await house.stack.settle()  # so that there is a cursor
    return await small_staff(house.district)


def database(house: House):
    return house.app.state.runtime.database


async def post(house: House, person) -> int:
    async with house.client(**{"Throughline-Person": str(person)}) as http:
        return (await http.post(PATH, json={})).status_code


async def archive(house: House, person) -> None:
    """Behind the back of the feed, which never happens: to see who is asked again, and who is not."""
    async with database(house).transaction(house.district.id) as connection:
        await connection.execute(f"update {SERVICE}.copied_people set archived = true where id = $1", person)


async def move_the_cursor(house: House) -> None:
    await database(house).pool.execute(
        f"update {SERVICE}.feed_cursors set updated_at = $1 where publisher = 'districts'", now()
    )


async def test_who_is_known_is_not_asked_for_again_until_the_feed_brings_something(house: House, staff: Staff) -> None:
    person = staff["principal"]
    assert await post(house, person) == 201
    await archive(house, person)
    assert await post(house, person) == 201, "known, and nothing has come"
    await move_the_cursor(house)
    assert await post(house, person) == 403
    assert await post(house, person) == 403, "nobody is not remembered"


async def test_what_comes_holds_at_the_very_next_request(house: House, staff: Staff) -> None:
    assert await post(house, staff["coach"]) == 201
    people = house.app.state.runtime.known_people
    assert staff.org not in people.find(house.district.id, staff["coach"]).person.led_orgs
    await staff.person("coach", ("leads", staff.org))
    assert await post(house, staff["coach"]) == 201
    assert staff.org in people.find(house.district.id, staff["coach"]).person.led_orgs


async def test_an_outdated_look_leaves_no_connection_in_a_transaction(house: House, staff: Staff) -> None:
    for _ in range(12):  # more often than there are connections
        assert await post(house, staff["teacher"]) == 201
        await move_the_cursor(house)
    waiting = await database(house).pool.fetchval(
        "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()"
    )
    assert waiting == 0
    books = await house.books()
    assert books["events"] == books["writes"] == 12, "each wrote once"


async def test_a_role_that_ends_today_is_no_role_tomorrow(house: House, staff: Staff, monkeypatch) -> None:
    today = now()
    await staff.person("acting", ("leads", staff.schools[0]), end=today.date())
    assert await post(house, staff["acting"]) == 201
    people = house.app.state.runtime.known_people
    assert people.find(house.district.id, staff["acting"]).person.led_orgs
    tomorrow = today.replace(year=today.year + 1)
    monkeypatch.setattr(known_people, "now", lambda: tomorrow)
    assert people.find(house.district.id, staff["acting"]) is None


async def test_only_so_many_are_remembered(house: House, staff: Staff, monkeypatch) -> None:
    monkeypatch.setattr(known_people, "_REMEMBERED", 2)
    house.app.state.runtime.known_people.known.clear()  # of whom other tests have left
    for name in ("teacher", "colleague", "stranger"):
        await post(house, staff[name])
    known = house.app.state.runtime.known_people.known
    assert [key[1] for key in known][-2:] == [staff["colleague"], staff["stranger"]]
    assert len({key for key in known if key[0] == house.district.id}) == 2
    assert {type(key[2]) for key in known} == {date}
