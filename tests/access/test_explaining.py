"""What a district's IT asks when somebody rings up: why does she see this, and why does he not?"""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from shared.clock import new_id, now
from shared.testing.stack import District, token_of
from tests.access.examples import Examples

pytestmark = pytest.mark.xdist_group("access")


async def explained(examples: Examples, who: str, resource: str, **more: str) -> dict[str, dict[str, object]]:
    async with examples.acting(None) as http:
        answer = await http.get(
            "/v1/access/explain", params={"person": examples.named(who), "resource": resource} | more
        )
    assert answer.status_code == 200, answer.text
    return {decision["action"]: decision for decision in answer.json()["decisions"]}


async def test_it_is_said_what_gives_it_and_where_that_comes_from(examples: Examples) -> None:
    said = await explained(examples, "superintendent", f"/v1/observations/{examples.more['evaluation']}")
    assert (said["read"]["granted"], said["read"]["way"]) == (True, "administrative leader")
    (why,) = said["read"]["relationships"]
    assert [role["role"] for role in why["roles"]] == ["districtAdministrator"]
    assert (why["source"], why["precedence"], why["holds"]) == ("roster", 1, True)
    cycle = f"coaching-cycles:{examples.ids['/v1/coaching-cycles']}"
    said = await explained(examples, "superintendent", cycle)
    assert (said["see"]["way"], said["read"]["granted"], said["read"]["because"]) == ("leader", False, "purpose")
    said = await explained(examples, "coach", cycle)
    assert (said["read"]["way"], said["read"]["relationships"]) == ("coach", [])


async def test_it_agrees_with_what_is_answered(examples: Examples) -> None:
    """For every kind and everybody: what is explained as granted is what a request gets."""
    kinds = ("observations", "feedback", "learning-walks", "walk-stops", "evidence-links", "coaching-cycles",
             "coaching-sessions", "action-steps", "goals", "people", "relationships", "staff-assignments", "leaves",
             "visions", "enrollments")  # fmt: skip
    for kind in kinds:
        id_ = examples.ids[f"/v1/{kind}"]
        for who in ("principal", "lead", "teacher", "colleague", "coach", "evaluator", "stranger"):
            said = await explained(examples, who, f"{kind}:{id_}")
            async with examples.acting(who) as http:
                status = (await http.get(f"/v1/{kind}/{id_}")).status_code
            assert (status == 200) == said["see"]["granted"], (kind, who, said)


async def test_a_refusal_says_what_would_have_given_it(examples: Examples) -> None:
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    tie, former = str(new_id()), examples.named("former")
    body = {"given_name": "former", "family_name": "Test", "external_ids": {}, "roles": []}
    async with examples.acting(None) as http:
        assert (await http.put(f"/v1/people/{former}", json=body)).status_code == 201
        leads = {"person_id": former, "kind": "leads", "org_id": examples.named("north"), "end_date": yesterday}
        assert (await http.put(f"/v1/relationships/{tie}", json=leads)).status_code == 201
    await examples.district.stack.settle()
    resource = f"/v1/observations/{examples.more['coaching']}"
    said = await explained(examples, "former", resource)
    assert (said["see"]["granted"], said["see"]["because"]) == (False, "relationship")
    assert [why["relationship_id"] for why in said["see"]["relationships"]] == [tie]
    assert "does not hold" in " ".join(said["see"]["sentences"])
    assert (await explained(examples, "former", resource, as_of=yesterday))["see"]["granted"]
    async with examples.acting(None) as http:
        access = (await http.get(f"/v1/people/{former}/access")).json()
        then = (await http.get(f"/v1/people/{former}/access", params={"as_of": yesterday})).json()
    assert (access["leads"], then["leads"]) == ([], [examples.named("north")])
    assert [why["relationship_id"] for why in access["relationships"]] == [tie]
    ways = {(right["kind"], right["action"]): right["ways"] for right in then["rights"]}
    assert "leader" in ways["observations", "see"]
    assert "administrative leader" not in ways["observations", "see"]


async def test_only_who_may_look_looks_and_that_is_noted(examples: Examples, other_district: District) -> None:
    resource = f"observations:{examples.more['coaching']}"
    ask = {"person": examples.named("teacher"), "resource": resource}
    district = examples.district
    weak = await token_of(district.stack, district.client_id, district.client_secret, "roster.read act_as")

    async def status(http: httpx.AsyncClient, **given: str) -> int:
        async with http:
            return (await http.get("/v1/access/explain", params=ask | given)).status_code

    assert await status(district.client(token=weak)) == 403
    assert await status(examples.acting("superintendent")) == 403
    assert await status(other_district.client()) == 404
    assert await status(district.client(), resource=f"observations:{new_id()}") == 404
    assert await status(district.client(), person=str(new_id())) == 404
    for wrong in ("observations", "nothings:" + str(new_id()), "observations:" + "x" * 36):
        assert await status(district.client(), resource=wrong) == 422
    assert await status(district.client()) == 200
    async with district.client() as http:
        audit = await http.get(
            "/v1/audit-events/districts", params={"entity_id": examples.named("teacher"), "limit": 500}
        )
    rows = [row for row in audit.json()["data"] if row["action"] == "access.viewed"]
    assert rows[-1]["fields"] == {"kind": "observations", "id": examples.more["coaching"]}
    assert UUID(rows[-1]["entity_id"])
