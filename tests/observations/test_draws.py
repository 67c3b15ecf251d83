"""Classes drawn out of the roster, as it has them on the day of the walk."""

from datetime import date

from shared.clock import new_id
from tests.observations.scenes import School, ok, pointers, refused
from tests.observations.test_class_snapshots import algebra, tell
from tests.observations.test_walks import plan

WINTER = date(2026, 12, 18)


async def test_a_draw_may_take_its_classes_from_the_roster(school: School) -> None:
    course, first, second = algebra(school)  # grade 9 until October, grade 10 since
    rooms = [
        first.model_copy(update={"id": new_id(), "periods": [str(n % 3)], "grades": ["09"], "end_date": WINTER})
        for n in range(6)
    ]
    gone, other = ({"id": new_id(), **more} for more in ({"archived": True}, {"org_id": school.staff.schools[1]}))
    early = first.model_copy(update={"grades": ["09"]})
    await tell(school, course, early, second, *rooms, *(first.model_copy(update=one) for one in (gone, other)))
    path, drawn_of = f"/v1/learning-walks/{new_id()}", {}
    async with school.acting("principal") as http:
        ok(await http.put(path, json=plan(school)), 201)

        async def draw(**roster: str):
            order = {"roster": roster, "count": 9, "seed": "autumn"}
            return await http.post(f"{path}/draw", json=order, headers={"If-Match": "*"})

        for name, roster in (
            ("all", {}), ("early", {"day": "2026-09-01", "grade": "09"}), ("late", {"grade": "09"}),
            ("moved", {"grade": "10", "subject": "mathematics"}), ("period", {"period": "1"}),
            ("winter", {"day": "2027-01-15"}),
        ):  # fmt: skip
            drawn_of[name] = ok(await draw(**roster))
        assert pointers(refused(await draw(subject="Art"), 422)) == ["#/roster"]
        listed = {"class_ids": drawn_of["all"]["class_ids"][::-1], "count": 9, "seed": "autumn"}
        same = ok(await http.post(f"{path}/draw", json=listed, headers={"If-Match": "*"}))
        refused(await http.post(f"{path}/draw", json=listed | {"roster": {}}, headers={"If-Match": "*"}), 422)
        assert ok(await http.get(path))["draw"]["roster"] is None, "of the list"
        ok(await draw(period="1"))
        kept = ok(await http.get(path))["draw"]
    async with school.acting("superintendent") as http:
        for there in (path, f"{path}/summary"):  # of one grade and period there may be one class
            draw_of = ok(await http.get(there))["draw"]
            assert (draw_of["seed"], draw_of["roster"], draw_of["population"]) == (None, None, 2)
    assert {name: one["population"] for name, one in drawn_of.items()} == {
        "all": 7, "early": 7, "late": 6, "moved": 1, "period": 2, "winter": 1,
    }  # fmt: skip
    assert drawn_of["all"]["roster"] == {"day": "2026-11-20", "period": None, "subject": None, "grade": None}
    assert drawn_of["moved"]["class_ids"] == drawn_of["winter"]["class_ids"] == [str(first.id)]
    assert same["class_ids"] == drawn_of["all"]["class_ids"], "whoever has the list and the seed draws the same"
    assert (kept["roster"]["period"], kept["number"]) == ("1", 8)
