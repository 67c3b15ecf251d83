"""Who may say in which band somebody was rated: of whom, and over whose head not."""

from shared.clock import new_id
from tests.observations.scenes import ok, pointers, refused


def rating(school, name="teacher", at=0, **changes):
    return {
        "teacher_id": str(school.staff[name]), "school_id": str(school.staff.schools[at]), "school_year": 2026,
        "band": 2,
    } | changes  # fmt: skip


async def test_nobody_says_her_own_or_takes_over_another_schools(school):
    south = school.staff.schools[1]
    await school.staff.person("promoted", ("teaches_at", school.id), ("leads", south))
    paths = [f"/v1/prior-ratings/{new_id()}" for _ in range(3)]
    given = [rating(school, "promoted"), rating(school, "promoted", 1, school_year=2025), rating(school)]
    async with school.acting() as http:
        for path, body in zip(paths, given, strict=True):
            ok(await http.put(path, json=body), 201)
    async with school.acting("promoted") as http:
        for path, body in zip(paths[:2], given, strict=False):
            better = body | {"band": 5, "school_id": str(south)}
            refused(await http.put(path, json=better, headers={"If-Match": '"1"'}), 403)
            refused(await http.put(path, json=rating(school, "stranger", 1), headers={"If-Match": '"1"'}), 403)
            refused(await http.post(f"{path}/archive", headers={"If-Match": '"1"'}), 403)
        refused(await http.put(f"/v1/prior-ratings/{new_id()}", json=rating(school, "promoted", 1)), 403)
        ok(await http.put(f"/v1/prior-ratings/{new_id()}", json=rating(school, "stranger", 1)), 201)
    async with school.acting("superintendent") as http:
        moved = ok(await http.put(paths[2], json=rating(school, band=4), headers={"If-Match": '"1"'}))
        assert (moved["band"], moved["version"]) == (4, 2)


async def test_a_band_is_of_somebody_who_was_staff_there(school):
    async with school.acting("superintendent") as http:
        answer = await http.put(f"/v1/prior-ratings/{new_id()}", json=rating(school, "stranger"))
        assert pointers(refused(answer, 422)) == ["#/teacher_id"]
