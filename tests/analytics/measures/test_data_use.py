"""The district's data-use policy: for what numbers may be asked, and how many people must stand behind one."""

import pytest

from services.analytics.data_use.errors import PurposeMissing, PurposeNotAllowed
from services.analytics.data_use.rules import DataUsePolicy, use_under
from shared.access.purposes import DataUse
from shared.clock import new_id
from tests.analytics.measures.test_measures import AS_OF, COVERAGE, ask, at, cells_of
from tests.analytics.telling import observed

POLICY = "/v1/settings/data-use-policy"
MEASURES = (
    COVERAGE, "/v1/measures/feedback_latency", "/v1/measures/coaching_dose", "/v1/measures/walk_prevalence",
    "/v1/measures/agreement_consistency", "/v1/measures/walks_informed",
    f"/v1/measures/look_for_application?activity_id={new_id()}", f"/v1/throughlines/{new_id()}",
)  # fmt: skip


async def put_policy(told, purposes, n_min=None, match=None):
    async with told.district.client() as http:
        headers = {"If-Match": match} if match else {}
        answer = await http.put(POLICY, json={"purposes": purposes, "n_min": n_min}, headers=headers)
    await told.district.stack.settle()
    return answer


async def test_without_a_purpose_that_the_policy_allows_nothing_is_answered(told):
    async with told.district.client() as http:
        assert (await http.get(POLICY)).status_code == 404
        before = await http.get(COVERAGE)
        assert (before.status_code, before.json()["policy_version"], before.json()["purpose"]) == (200, 0, None)
        assert (await put_policy(told, ["improvement", "research"])).status_code == 201
        for path in MEASURES:
            missing = await http.get(path)
            assert (missing.status_code, missing.json()["type"]) == (422, "urn:throughline:problem:purpose-missing"), (
                path
            )
            assert missing.json()["possible"] == ["improvement", "research"]
            sign = "&" if "?" in path else "?"
            refused = await http.get(f"{path}{sign}purpose=accountability_reporting")
            assert refused.status_code == 403, path
            assert refused.json()["type"] == "urn:throughline:problem:purpose-not-allowed"
            assert (await http.get(f"{path}{sign}purpose=ranking")).status_code == 422
            allowed = await http.get(f"{path}{sign}purpose=improvement")
            assert allowed.status_code in {200, 404}, allowed.text  # of an activity and a goal that are not there
        answer = (await http.get(COVERAGE, params={"purpose": "research"})).json()
        assert (answer["purpose"], answer["policy_version"]) == ("research", 1)
        assert (await http.get("/v1/measures")).status_code == 200, "which there are is no number"


async def test_a_policy_has_versions_and_answers_say_under_which_they_were_made(told):
    assert (await put_policy(told, ["improvement"])).headers["ETag"] == '"1"'
    assert (await put_policy(told, ["improvement"])).status_code == 200, "the same again is nothing"
    assert (await put_policy(told, ["research"])).status_code == 428
    assert (await put_policy(told, ["research"], match='"1"')).headers["ETag"] == '"2"'
    answer = await ask(told, COVERAGE, purpose="research")
    assert answer["policy_version"] == 2
    async with told.district.client() as http:
        assert (await http.get(COVERAGE, params={"purpose": "improvement"})).status_code == 403
        assert (await http.get(POLICY)).json()["purposes"] == ["research"]
        assert (await http.put(POLICY, json={"purposes": ["ranking"]})).status_code == 422
        asked = (await http.get("/v1/audit-events/analytics", params={"limit": 500})).json()["data"]
    noted = [event["fields"] for event in asked if event["action"] == "measure.asked"]
    assert noted == [{"what": "observation_coverage", "purpose": "research", "policy_version": 2}]


async def test_a_district_may_want_more_behind_a_number_and_never_fewer(told):
    school = await told.school("North")
    teachers = await told.teachers(school, 8)
    await told.tell("observations", *(observed(teacher, school, at(10, 7), hours=5) for teacher in teachers))

    async def october():
        answer = await ask(told, COVERAGE, as_of=AS_OF, purpose="improvement")
        return answer["n_min"], cells_of(answer)[str(school), "2025-10"]["counts"]["teachers"]

    assert await october() == (5, 8)
    await put_policy(told, ["improvement"], n_min=9)
    assert await october() == (9, None), "eight are too few here"
    await put_policy(told, ["improvement"], n_min=1, match='"1"')
    assert await october() == (5, 8), "the installation's own stays the least"


def test_the_rule() -> None:
    assert use_under(None, None, 5).policy_version == 0
    policy = DataUsePolicy(3, ["research"], 10)
    assert use_under(policy, DataUse.RESEARCH, 5).n_min == 10
    assert use_under(policy, DataUse.RESEARCH, 20).n_min == 20
    with pytest.raises(PurposeMissing):
        use_under(policy, None, 5)
    with pytest.raises(PurposeNotAllowed):
        use_under(policy, DataUse.IMPROVEMENT, 5)
