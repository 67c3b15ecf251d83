"""Staff acknowledge a published version: themselves, once; leaders read the share of their schools."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.acknowledgements.rules import Tally, shares
from shared.clock import new_id, now
from tests.observations.scenes import Framework, ok, refused

SCHOOL = UUID(int=1)


async def acknowledge(school, who: str | None, version_id=None, status: int = 201):
    body = {"framework_version_id": str(version_id or school.framework.version_id)}
    async with school.acting(who) as http:
        answer = await http.post("/v1/acknowledgements", json=body)
    return ok(answer, status) if status < 300 else refused(answer, status)


async def test_somebody_acknowledges_once(school):
    first = await acknowledge(school, "teacher")
    again = await acknowledge(school, "teacher", status=200)
    assert first == again
    assert first["person_id"] == str(school.staff["teacher"])
    (event,) = await school.events("acknowledgement.made")
    assert event["data"]["framework_version_id"] == str(school.framework.version_id)
    async with school.acting("teacher") as http:
        listed = ok(await http.get("/v1/acknowledgements"))
        assert ok(await http.get(f"/v1/acknowledgements/{first['id']}")) == first
    assert [row["id"] for row in listed["data"]] == [first["id"]]


async def test_no_machine_acknowledges_and_no_draft_is_acknowledged(school):
    await acknowledge(school, None, status=403)
    await acknowledge(school, "teacher", new_id(), status=404)
    draft = Framework(id=school.framework.id)
    async with school.acting("principal") as http:
        ok(await http.put(f"/v1/framework-versions/{draft.version_id}", json=draft.document()), 201)
    problem = await acknowledge(school, "teacher", draft.version_id, status=409)
    assert problem["type"].endswith("not-to-be-acknowledged")


async def test_who_read_it_is_nobody_elses_to_see(school):
    made = await acknowledge(school, "teacher")
    for other in ("colleague", "principal"):
        async with school.acting(other) as http:
            refused(await http.get(f"/v1/acknowledgements/{made['id']}"), 404)
            assert ok(await http.get("/v1/acknowledgements"))["data"] == []
    async with school.acting() as http:
        assert len(ok(await http.get("/v1/acknowledgements"))["data"]) == 1


async def test_leaders_read_the_share_of_their_schools_as_of_a_day(school):
    for n in range(2):  # with teacher, colleague, coach and principal a staff of six
        await school.staff.person(f"more {n}", ("teaches_at", school.id))
    await school.staff.person("left", ("teaches_at", school.id), end=now().date() - timedelta(days=3))
    for who in ("teacher", "colleague", "stranger"):
        await acknowledge(school, who)
    path = f"/v1/framework-versions/{school.framework.version_id}/acknowledgements"
    async with school.acting("principal") as http:
        (north,) = ok(await http.get(path))["data"]
        (before,) = ok(await http.get(path, params={"as_of": str(now().date() - timedelta(days=3))}))["data"]
    async with school.acting("superintendent") as http:
        _, south = ok(await http.get(path))["data"]
    async with school.acting("teacher") as http:
        assert ok(await http.get(path))["data"] == []
    assert (north["eligible"], north["acknowledged"], north["share"]) == (6, 2, pytest.approx(1 / 3))
    assert (before["eligible"], before["acknowledged"], before["share"]) == (7, 0, 0)
    assert (south["suppressed"], south["eligible"], south["acknowledged"], south["share"]) == (True, None, None, None)
    assert south["reason"] == "below_minimum_n"


@given(st.integers(0, 30), st.data(), st.integers(2, 10))
def test_a_small_staff_has_no_numbers(eligible: int, data: st.DataObject, n_min: int) -> None:
    read = data.draw(st.integers(0, eligible))
    (said,) = shares([Tally(SCHOOL, "North", eligible, read)], n_min)
    numbers = (said["eligible"], said["acknowledged"])
    assert said["suppressed"] == (0 < eligible < n_min)
    assert numbers == ((None, None) if said["suppressed"] else (eligible, read))
    assert (said["share"] is None) == (said["suppressed"] or eligible == 0) == (said["reason"] is not None)
