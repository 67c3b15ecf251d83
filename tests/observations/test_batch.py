"""What a tablet brings back: an outcome for each item, in order, whatever the others are."""

import asyncio
import random
from datetime import timedelta

import asyncpg
import pytest

from shared.clock import new_id, now
from shared.testing.servers import run_sql
from tests.observations.scenes import iso, ok, refused


async def send(http, *items):
    return ok(await http.post("/v1/observations/batch", json={"items": list(items)}))["data"]


def statuses(outcomes):
    return [outcome["status"] for outcome in outcomes]


async def test_one_bad_item_never_spoils_the_rest(school):
    good = [school.visit() for _ in range(4)]
    unknown = school.visit()
    unknown["scores"][0]["level"] = 9
    items = [
        good[0],
        school.visit(teacher_id="nobody"),
        good[1],
        school.visit(teacher="stranger"),
        unknown,
        good[2],
        {"id": "not an id", "weight": 10**40, "deep": [[{}]]},
        "no object at all",
        school.visit(type="self"),
        good[3],
    ]
    async with school.acting("principal") as http:
        outcomes = await send(http, *items)
        assert statuses(outcomes) == [201, 422, 201, 422, 422, 201, 422, 422, 403, 201]
        assert [o["id"] for o in outcomes] == [None if n in {6, 7} else i["id"] for n, i in enumerate(items)]
        assert [e["pointer"] for e in outcomes[1]["problem"]["errors"]] == ["#/teacher_id"]
        assert outcomes[3]["problem"]["type"] == "urn:throughline:problem:teaches-elsewhere"
        assert [e["pointer"] for e in outcomes[4]["problem"]["errors"]] == ["#/scores/0/level"]
        stored = {row["id"] for row in ok(await http.get("/v1/observations"))["data"]}
    assert stored == {visit["id"] for visit in good}
    told = [event["subject"].partition("/")[2] for event in await school.events("observation.")]
    assert told == [visit["id"] for visit in good]


async def test_the_same_batch_again_changes_nothing(school):
    items = [school.visit() for _ in range(5)]
    async with school.acting("principal") as http:
        assert statuses(await send(http, *items)) == [201] * 5
        again = await send(http, *items, school.visit())
        assert statuses(again) == [200] * 5 + [201]
        assert [outcome["version"] for outcome in again] == [1] * 6
    assert len(await school.events("observation.")) == 6


async def test_the_same_batch_again_while_the_first_try_is_under_way(school):
    items = [small(school) for _ in range(20)]

    async def sent(order):
        async with school.acting("principal") as http:
            return {outcome["id"]: outcome["status"] for outcome in await send(http, *order)}

    tries = await asyncio.gather(sent(items), sent(items[::-1]), sent(items))
    for item in items:
        assert sorted(one[item["id"]] for one in tries) == [200, 200, 201]


async def test_changes_carry_the_version_that_they_were_made_from(school):
    first, second, third = (school.visit(state="in_progress") for _ in range(3))
    async with school.acting("principal") as http:
        await send(http, first, second, third)
        fewer = {"scores": first["scores"][:2]}
        outcomes = await send(
            http,
            first | fewer | {"base_version": 1},
            second | fewer,
            third | {"scores": third["scores"][:2], "base_version": 7},
            first | {"state": "submitted", "base_version": 1},
        )
        # The last one changed other fields than the first, which came in between: both hold.
        assert statuses(outcomes) == [200, 428, 412, 200]
        assert [outcomes[0]["version"], outcomes[3]["version"]] == [2, 3]
        mended = ok(await http.get(f"/v1/observations/{first['id']}"))
        assert (mended["state"], len(mended["content"]["scores"])) == ("submitted", 2)
        assert len(ok(await http.get(f"/v1/observations/{second['id']}"))["content"]["scores"]) == 12


async def test_an_id_that_comes_twice_is_two_changes_in_order(school):
    started = school.visit(state="in_progress")
    async with school.acting("principal") as http:
        outcomes = await send(
            http, started, school.visit(), started | {"state": "submitted", "base_version": 1}, started
        )
        assert statuses(outcomes) == [201, 201, 200, 200]
        row = ok(await http.get(f"/v1/observations/{started['id']}"))
    assert (row["state"], row["version"]) == ("submitted", 2)
    assert [e["type"] for e in await school.events(of=started["id"])] == [
        "observation.started",
        "observation.submitted",
    ]


async def test_late_and_out_of_order_a_day_ends_the_same(school):
    """Uploads of one day, cut into batches that come twice and in any order, end as one upload would."""
    rng = random.Random(7)
    day = [school.visit(observed_at=iso(now() - timedelta(hours=n)), state="shared") for n in range(1, 13)]
    batches = [day[n : n + 4] for n in range(0, 12, 2)]
    rng.shuffle(batches)
    async with school.acting("principal") as http:
        for batch in batches:
            assert set(statuses(await send(http, *batch))) <= {200, 201}
        rows = ok(await http.get("/v1/observations", params={"content": "true"}))["data"]
    assert {row["id"]: row["observed_at"] for row in rows} == {visit["id"]: visit["observed_at"] for visit in day}
    assert {row["version"] for row in rows} == {1}
    assert len(await school.events("observation.")) == 12


async def test_an_upload_that_was_shared_meanwhile_is_there_and_another_is_refused(school):
    visit = school.visit()
    async with school.acting("principal") as http:
        (made,) = await send(http, visit)
        await school.move("share", "principal", {"id": visit["id"], "version": made["version"]})
        assert statuses(await send(http, visit)) == [200]
        other = visit | {"scores": [], "base_version": 2}
        (refusal,) = await send(http, other)
        kept = ok(await http.get(f"/v1/observation-conflicts/{refusal['conflict_id']}"))
    assert (refusal["status"], refusal["problem"]["type"]) == (409, "urn:throughline:problem:observation-locked")
    assert [(field["field"], field["sent"]) for field in kept["fields"]] == [("scores", [])]


async def test_each_row_says_by_itself_whether_it_was_backfilled(school):
    past, live = school.visit(observed_at=iso(now() - timedelta(days=4))), school.visit()
    async with school.acting("principal") as http:
        await send(http, past, live)
        rows = ok(await http.get("/v1/observations"))["data"]
    assert {row["id"]: row["source"] for row in rows} == {past["id"]: "backfill", live["id"]: "live"}


async def test_a_thousand_and_no_more(school):
    token = await school.token("observations.write", "observations.read", "act_as")
    visits = [small(school) for _ in range(1001)]
    async with school.district.client(school.staff["principal"], token) as http:
        for items in ([], visits, "text", None):
            refused(await http.post("/v1/observations/batch", json={"items": items}), 422)
        refused(await http.post("/v1/observations/batch", json={"items": visits[:1], "more": 1}), 422)
        assert set(statuses(await send(http, *visits[:1000]))) == {201}
        counted = ok(await http.get("/v1/observations", params={"count": "true", "limit": 1}))
    assert counted["total"] == 1000


def small(school):
    visit = school.visit(scores=[], look_fors=[], feedback=None)
    return visit | {"script": visit["script"][1:2]}


async def test_what_postgresql_refuses_stands_alone(school):
    """Nothing that passes our own checks is known to be refused there; should it ever be, it is one item's matter."""
    owner = school.district.stack.settings["migration_database_url"]
    forbidden = new_id()
    name = f"only_for_a_test_{forbidden.hex}"
    await run_sql(
        owner,
        f"alter table observations.observations add constraint {name} check (class_id <> '{forbidden}') not valid",
    )
    try:
        items = [school.visit() for _ in range(9)]
        items[3]["class_id"] = items[4]["class_id"] = str(forbidden)
        async with school.acting("principal") as http:
            outcomes = await send(http, *items)
            stored = {row["id"] for row in ok(await http.get("/v1/observations"))["data"]}
    finally:
        await run_sql(owner, f"alter table observations.observations drop constraint {name}")
    assert statuses(outcomes) == [201] * 3 + [422] * 2 + [201] * 4
    assert stored == {item["id"] for item in items} - {items[3]["id"], items[4]["id"]}
    assert len(await school.events("observation.")) == 7


async def test_the_whole_batch_again_under_its_key_is_the_stored_answer(school):
    body = {"items": [school.visit(), school.visit(teacher="stranger")]}
    async with school.acting("principal") as http:
        key = {"Idempotency-Key": "day-1"}
        first = await http.post("/v1/observations/batch", json=body, headers=key)
        again = await http.post("/v1/observations/batch", json=body, headers=key)
    assert statuses(ok(first)["data"]) == [201, 422]
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_rows_of_another_district_cannot_even_be_inserted(school, other_district):
    """Row-level security holds what the code would never do."""
    database = school.district.stack.runtimes["observations"].database
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(school.district.id) as connection:
            await connection.execute(
                """insert into observations.observations (district_id, id, version, created_at, updated_at, purpose,
                     type, state, observer_id, teacher_id, school_id, source, script, scores, look_fors)
                   values ($1, $2, 1, now(), now(), 'walk', 'informal', 'scheduled', $2, $2, $2, 'live',
                     '[]', '[]', '[]')""",
                other_district.id,
                new_id(),
            )
