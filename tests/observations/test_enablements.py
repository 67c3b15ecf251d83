"""Which framework version is used where: an observation with another one is refused, and the read says the same."""

from datetime import timedelta
from uuid import UUID

from shared.clock import new_id, now
from tests.observations.scenes import Framework, School, iso, ok, refused
from tests.observations.test_clocks import told

DAY = timedelta(days=1)


async def published(school: School, label: str) -> UUID:
    """Publish another version of the school's framework, which says the same."""
    version = new_id()
    async with school.acting() as http:
        body = Framework(id=school.framework.id).document(label=label)
        ok(await http.put(f"/v1/framework-versions/{version}", json=body), 201)
        ok(await http.post(f"/v1/framework-versions/{version}/publish", headers={"If-Match": "*"}))
    return version


async def enable(school: School, version: UUID, who: str | None = None, **more: object):
    body = {"framework_version_id": str(version), "begin_date": "2020-01-01"} | more
    async with school.acting(who) as http:
        return await http.put(f"/v1/framework-enablements/{new_id()}", json=body)


async def observe(school: School, version: UUID, **changes: object):
    body = school.plan(framework_version_id=str(version)) | changes
    async with school.acting("principal") as http:
        return await http.post("/v1/observations", json=body)


async def test_without_a_row_every_published_version_may_be_used(school: School) -> None:
    ok(await observe(school, school.framework.version_id), 201)
    async with school.acting("teacher") as http:
        said = ok(await http.get("/v1/enabled-framework-versions"))
    assert (said["restricted"], said["data"]) == (False, [])


async def test_what_is_not_enabled_there_is_refused_and_says_what_is(school: School) -> None:
    old, new = school.framework.version_id, await published(school, "2027-28")
    today = now().date()
    made = ok(await observe(school, old, scheduled_at=iso(now() + 2 * DAY)), 201)
    ok(await enable(school, new, begin_date=str(today + 3 * DAY)), 201)
    ok(await observe(school, old, scheduled_at=iso(now() + DAY)), 201)  # before anything is enabled all is as it was
    problem = refused(
        await observe(school, old, scheduled_at=iso(now() + 4 * DAY)), 409, "framework-version-not-enabled"
    )
    assert (problem["day"], problem["enabled"]) == (str(today + 4 * DAY), str(new))
    assert "another version of this framework is enabled" in problem["detail"]
    ok(await observe(school, new, scheduled_at=iso(now() + 4 * DAY)), 201)
    async with school.acting("principal") as http:
        moved = {"scheduled_at": iso(now() + 5 * DAY)}
        path, match = f"/v1/observations/{made['id']}", {"If-Match": '"1"'}
        refused(await http.patch(path, json=moved, headers=match), 409, "framework-version-not-enabled")
        items = [school.plan(framework_version_id=str(v), scheduled_at=iso(now() + 4 * DAY)) for v in (old, new)]
        batch = ok(await http.post("/v1/observations/batch", json={"items": items}))
    assert [one["status"] for one in batch["data"]] == [409, 201]


async def test_the_nearest_row_decides_then_the_one_of_the_role(school: School) -> None:
    everywhere, pilot, coaches = [await published(school, label) for label in ("all", "pilot", "coaches")]
    ok(await enable(school, everywhere), 201)
    ok(await enable(school, pilot, "principal", org_id=str(school.id), role="teacher"), 201)
    ok(await enable(school, coaches, role="coach"), 201)
    async with school.acting("stranger") as http:
        here = ok(await http.get("/v1/enabled-framework-versions", params={"school_id": str(school.id)}))
        south = str(school.staff.schools[1])
        elsewhere = ok(await http.get("/v1/enabled-framework-versions", params={"school_id": south, "role": "teacher"}))
        before = ok(await http.get("/v1/enabled-framework-versions", params={"as_of": "2019-12-31"}))
        held = ok(await http.get("/v1/framework-enablements", params={"as_of": "2019-12-31"}))
    expected = {one["role"]: UUID(one["framework_version_id"]) for one in here["data"]}
    assert expected == {"teacher": pilot, "coach": coaches, "facilitator": everywhere, "leader": everywhere}
    assert [UUID(one["framework_version_id"]) for one in elsewhere["data"]] == [everywhere]
    assert (before["restricted"], before["data"], held["data"]) == (False, [], [])
    for role, version in expected.items():
        who = {"teacher": "teacher", "coach": "coach", "leader": "colleague", "facilitator": "colleague"}[role]
        for tried in (everywhere, pilot, coaches):
            answer = await observe(school, tried, subject=role, teacher_id=str(school.staff[who]))
            assert answer.status_code == (201 if tried == version else 409), (role, answer.text)


async def test_one_version_of_a_framework_for_a_place_and_role_at_a_time(school: School) -> None:
    one, other = school.framework.version_id, await published(school, "next")
    first = ok(await enable(school, one, end_date="2026-07-31"), 201)
    problem = refused(await enable(school, other, begin_date="2026-07-31"), 409, "framework-enablement-overlaps")
    assert problem["other"] == first["id"]
    ok(await enable(school, other, begin_date="2026-08-01"), 201)
    ok(await enable(school, other, role="leader"), 201)
    draft = new_id()
    async with school.acting() as http:
        body = Framework(id=school.framework.id).document(label="draft")
        ok(await http.put(f"/v1/framework-versions/{draft}", json=body), 201)
        path = f"/v1/framework-enablements/{first['id']}"
        ok(await http.post(f"{path}/archive", headers={"If-Match": '"1"'}))
    ok(await enable(school, other, end_date="2026-07-31"), 201)
    assert refused(await enable(school, draft), 422)["errors"][0]["pointer"] == "#/framework_version_id"
    assert refused(await enable(school, one, org_id=str(new_id())), 422)["errors"][0]["pointer"] == "#/org_id"
    refused(await enable(school, one, begin_date="2026-02-01", end_date="2026-01-01"), 422)
    for who in ("teacher", "principal"):  # who leads a school says nothing of the whole district
        refused(await enable(school, one, who, role="coach"), 403)
    refused(await enable(school, one, "principal", org_id=str(school.staff.schools[1])), 403)
    (event, *_) = await school.events("framework_enablement.changed")
    assert event["data"]["framework_version_id"] == str(one)


async def test_the_day_is_the_schools_own(school: School) -> None:
    """At three in the morning UTC of the 2nd it is still the 1st in Honolulu."""
    new = await published(school, "from the 2nd")
    await told(school, time_zone="Pacific/Honolulu")
    ok(await enable(school, school.framework.version_id, end_date="2027-02-01"), 201)
    ok(await enable(school, new, begin_date="2027-02-02"), 201)
    assert (await observe(school, new, scheduled_at="2027-02-02T03:00:00Z")).json()["day"] == "2027-02-01"
    ok(await observe(school, new, scheduled_at="2027-02-02T11:00:00Z"), 201)
