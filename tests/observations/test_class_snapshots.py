"""What an observation keeps of the class it was in: as the roster had it that day, whenever either of them came."""

from datetime import UTC, datetime
from random import Random

from shared.clock import new_id, now
from shared.contracts.districts import ClassState, CourseState
from shared.feed.events import FeedEvent
from tests.districts.oneroster.samples import sample
from tests.districts.rosters import upload
from tests.observations.scenes import iso, ok, step
from tests.observations.test_life import govern

SEPTEMBER, NOVEMBER = datetime(2026, 9, 7, 15, tzinfo=UTC), datetime(2026, 11, 9, 15, tzinfo=UTC)


async def tell(school, *states):
    """As the feed of districts brings it, once it is read back."""
    stack = school.district.stack
    (kept,) = (s for s in stack.work["observations"].subscriptions if "class.changed" in s.types)
    for state in states:
        entity = "classes" if isinstance(state, ClassState) else "courses"
        data = state.model_dump(mode="json")
        event = FeedEvent(1, str(new_id()), f"{entity}.told", school.district.id, entity, state.id, now(), data)
        async with stack.runtimes["observations"].database.transaction(school.district.id) as connection:
            await kept.apply(connection, school.district.id, [event])


def algebra(school):
    """A course and two versions of a class of it, the second since October."""
    course = CourseState(
        id=new_id(), version=1, archived=False, title="Algebra I", subjects=["Mathematics"], grades=["09"],
        changed_at=datetime(2026, 8, 1, tzinfo=UTC),
    )  # fmt: skip
    first = ClassState(
        id=new_id(), version=1, archived=False, title="Algebra, period 2", org_id=school.id, course_id=course.id,
        subjects=[], grades=[], changed_at=datetime(2026, 8, 2, tzinfo=UTC),
    )  # fmt: skip
    moved = {"version": 2, "grades": ["10"], "changed_at": datetime(2026, 10, 1, tzinfo=UTC)}
    return course, first, first.model_copy(update=moved)


async def kept(school, *made):
    async with school.acting("principal") as http:
        rows = [ok(await http.get(f"/v1/observations/{one['id']}")) for one in made]
    return [
        row["class_snapshot"] and (row["class_snapshot"]["subjects"], row["class_snapshot"]["grades"]) for row in rows
    ]


async def test_a_late_batch_has_what_was_so_on_its_day(school):
    course, first, second = algebra(school)
    await tell(school, course, first, second)
    days = (SEPTEMBER, NOVEMBER)
    items = [school.visit(class_id=str(first.id), observed_at=iso(at)) for at in days]
    async with school.acting("principal") as http:
        ok(await http.post("/v1/observations/batch", json={"items": items}))
        put = school.visit(class_id=str(first.id), observed_at=iso(SEPTEMBER))
        said = {name: value for name, value in put.items() if name != "id"}
        ok(await http.put(f"/v1/observations/{put['id']}", json=said), 201)
        posted = ok(await http.post("/v1/observations", json=school.visit(class_id=str(first.id))), 201)
        await school.district.stack.settle()
        assert await kept(school, *items, put, posted) == [
            (["Mathematics"], [grade]) for grade in ("09", "10", "09", "10")
        ]
        for query, found in (
            ({"grade": "09"}, 2), ({"grade": "10", "content_area": "Mathematics"}, 2), ({"content_area": "Art"}, 0),
            ({"class_id": str(first.id)}, 4),
        ):  # fmt: skip
            assert len(ok(await http.get("/v1/observations", params=query))["data"]) == found, query
        row = ok(await http.get(f"/v1/observations/{posted['id']}"))
        assert row["version"] == posted["version"], "whoever wrote it has nothing to merge"
        assert ok(await http.get("/v1/observations", params={"updated_after": posted["updated_at"]}))["data"]
        snapshot = row["class_snapshot"]
        assert (snapshot["title"], snapshot["course_title"]) == ("Algebra, period 2", "Algebra I")


async def test_facts_of_the_roster_may_come_late_and_in_any_order(school):
    course, first, second = algebra(school)
    states = [course, first, second, course.model_copy(update={
        "version": 2, "subjects": ["Algebra"], "changed_at": datetime(2026, 11, 1, tzinfo=UTC)})]  # fmt: skip
    made = [await school.record(class_id=str(first.id), observed_at=iso(at)) for at in (SEPTEMBER, NOVEMBER)]
    await school.district.stack.settle()
    assert await kept(school, *made) == [None, None]
    found, random = [], Random(3)
    for _ in range(3):
        order = [*states, *random.sample(states, 2)]
        random.shuffle(order)
        await tell(school, *order)
        found.append(await kept(school, *made))
        async with school.district.stack.runtimes["observations"].database.transaction(school.district.id) as it:
            for table in ("copied_classes", "copied_courses"):
                await it.execute(f"delete from observations.{table} where district_id = $1", school.district.id)
    assert found == [[(["Mathematics"], ["09"]), (["Algebra"], ["10"])]] * 3


async def test_a_visit_that_moves_or_leaves_its_class_is_looked_at_again(school):
    course, first, second = algebra(school)
    await tell(school, course, first, second)
    made = await school.record(class_id=str(first.id), state="in_progress", observed_at=iso(SEPTEMBER))
    await school.district.stack.settle()
    async with school.acting("principal") as http:
        path = f"/v1/observations/{made['id']}"
        for change, grades in (({"observed_at": iso(NOVEMBER)}, (["Mathematics"], ["10"])), ({"class_id": None}, None)):
            ok(await http.patch(path, json=change, headers={"If-Match": "*"}))
            await school.district.stack.settle()
            assert await kept(school, made) == [grades]


async def test_every_lock_freezes_the_class_as_of_the_visit_before_the_feed_brought_it_there(school):
    """By a move, by a PATCH, by a POST and by a batch: the report has what the roster said on that day."""
    course, first, second = algebra(school)
    await tell(school, course, first, second)
    await govern(school, types={"walkthrough": {"completion": "simple"}})
    simple = {"type": "walkthrough", "class_id": str(first.id), "observed_at": iso(SEPTEMBER)}
    begun = [await school.record(**simple, state="in_progress") for _ in range(2)]
    batched = school.visit(**simple, state="locked")
    async with school.acting("principal") as http:
        moved = ok(await step(http, "lock", begun[0]))
        patch = {"json": {"state": "locked"}, "headers": {"If-Match": '"1"'}}
        patched = ok(await http.patch(f"/v1/observations/{begun[1]['id']}", **patch))
        posted = ok(await http.post("/v1/observations", json=school.visit(**simple, state="locked")), 201)
        ok(await http.post("/v1/observations/batch", json={"items": [batched]}))
        for made in (moved, patched, posted, batched):
            kept = ok(await http.get(f"/v1/observations/{made['id']}/reports/1"))["content"]["class_snapshot"]
            assert (kept["subjects"], kept["grades"]) == (["Mathematics"], ["09"])
    assert moved["class_snapshot"]["grades"] == patched["class_snapshot"]["grades"] == ["09"]


async def test_a_class_of_an_imported_roster(school):
    await upload(school.district, sample())
    async with school.acting() as http:
        room = next(one for one in ok(await http.get("/v1/classes"))["data"] if one["sourced_id"] == "k/1")
        course = ok(await http.get(f"/v1/courses/{room['course_id']}"))
        made = await school.record(class_id=room["id"])
        await school.district.stack.settle()
        snapshot = ok(await http.get(f"/v1/observations/{made['id']}"))["class_snapshot"]
        assert (snapshot["title"], snapshot["course_title"]) == (room["title"], course["title"])
        assert snapshot["subjects"] == (room["subjects"] or course["subjects"])
        assert snapshot["begin_date"] < snapshot["end_date"]
        changed = {"title": "Room 12"}
        ok(await http.patch(f"/v1/classes/{room['id']}", json=changed, headers={"If-Match": "*"}))
        later = await school.record(class_id=room["id"])
        await school.district.stack.settle()
        titles = [
            ok(await http.get(f"/v1/observations/{one['id']}"))["class_snapshot"]["title"] for one in (made, later)
        ]
    assert titles == [room["title"], "Room 12"]
