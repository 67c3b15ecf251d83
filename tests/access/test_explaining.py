"""What a district's IT asks when somebody rings up: why does she see this, and why does he not?"""

from datetime import timedelta
from uuid import UUID

import httpx

from shared.clock import new_id, now
from shared.testing.stack import District, token_of
from tests.access.examples import PEOPLE, Examples


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
             "visions", "enrollments", "visits", "evidence-items", "evidence-packages", "observation-attachments",
             "observation-conflicts", "data-exports", "legal-holds")  # fmt: skip
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


async def recording(examples: Examples, who: str, teacher: str, **more: str) -> dict[str, dict[str, object]]:
    """Give what is said of each purpose, at the one school where the teacher is staff."""
    asked = {"person": examples.named(who), "teacher": examples.named(teacher)} | more
    async with examples.acting(None) as http:
        answer = await http.get("/v1/access/explain-recording", params=asked)
    assert answer.status_code == 200, answer.text
    cases = answer.json()["cases"]
    assert {case["school_id"] for case in cases} == {examples.named("north")}
    return {case["purpose"]: case["decision"] for case in cases}


async def test_why_she_may_coach_there_and_not_evaluate(examples: Examples) -> None:
    """'Ms Lead leads the school. Why does the app not let her record a formal evaluation of this teacher?'"""
    said = await recording(examples, "lead", "teacher", type="formal")
    assert {purpose for purpose, one in said.items() if one["granted"]} == {"walk", "research", "coaching"}
    refused = said["evaluation"]
    assert (refused["because"], refused["fitting"]) == ("purpose", ["administrative leader", "evaluator"])
    assert refused["sentences"] == ["Not for this purpose, which is open to: administrative leader, evaluator."]
    assert (said["coaching"]["way"], len(said["coaching"]["relationships"])) == ("leader", 1)
    said = await recording(examples, "superintendent", "teacher", type="formal", purpose="evaluation")
    (why,) = said["evaluation"]["relationships"]
    assert (said["evaluation"]["way"], why["source"]) == ("administrative leader", "roster")


async def test_who_is_not_related_to_her_records_nothing_of_her(examples: Examples) -> None:
    """'A teacher of another school showed up to observe. Who could have?'"""
    said = await recording(examples, "stranger", "teacher")
    assert {(one["granted"], one["because"]) for one in said.values()} == {(False, "relationship")}
    assert said["coaching"]["fitting"] == ["administrative leader", "evaluator", "leader", "supporter"]
    # A peer is somebody of the same school, and for no evaluation; oneself one looks at only as oneself.
    said = await recording(examples, "colleague", "teacher", type="peer")
    assert (said["coaching"]["way"], said["evaluation"]["because"]) == ("peer", "purpose")
    assert not (await recording(examples, "teacher", "teacher"))["coaching"]["granted"]
    assert (await recording(examples, "teacher", "teacher", type="self"))["coaching"]["way"] == "self"


async def test_it_is_judged_by_the_day_of_the_visit(examples: Examples) -> None:
    """'He was her principal until yesterday. May he still hand in what he saw last week?'"""
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    tie, acting = str(new_id()), examples.named("acting principal")
    body = {"given_name": "Acting", "family_name": "Test", "external_ids": {}, "roles": []}
    leads = {"person_id": acting, "kind": "leads", "org_id": examples.named("north"), "end_date": yesterday}
    async with examples.acting(None) as http:
        assert (await http.put(f"/v1/people/{acting}", json=body)).status_code == 201
        assert (await http.put(f"/v1/relationships/{tie}", json=leads)).status_code == 201
    await examples.district.stack.settle()
    today = (await recording(examples, "acting principal", "teacher", purpose="coaching"))["coaching"]
    assert (today["granted"], [why["relationship_id"] for why in today["relationships"]]) == (False, [tie])
    assert "does not hold" in today["sentences"][1]
    then = await recording(examples, "acting principal", "teacher", purpose="coaching", as_of=yesterday)
    assert then["coaching"]["way"] == "leader"


async def test_an_observation_that_is_there_says_who_could_have_made_it_and_who_changes_it(examples: Examples) -> None:
    resource = f"/v1/observations/{examples.more['evaluation']}"
    async with examples.acting(None) as http:
        made = (await http.get(resource)).json()
    (observer,) = [name for name in PEOPLE if examples.named(name) == made["observer_id"]]
    for who in PEOPLE:
        said = await explained(examples, who, resource)
        assert said["change"]["granted"] == (who == observer), who
        assert said["record"]["granted"] == (who in {"superintendent", "principal", "evaluator"}), (who, said["record"])
        assert said["change"]["fitting"] == ["observer"]
    assert (await explained(examples, "lead", resource))["record"]["because"] == "purpose"


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
