"""Whose word goes before whose: the roster's, and what people said by hand; and why, told by /why."""

from typing import Any

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all, upload, zipped


async def why(district: District, relationship_id: str) -> dict[str, Any]:
    async with district.client() as http:
        answer = await http.get(f"/v1/relationships/{relationship_id}/why")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def leadership(district: District) -> dict[str, Any]:
    await upload(district, zipped())
    return (await read_all(district, "/v1/relationships", kind="leads"))[0]


async def test_what_is_by_hand_sets_aside_what_roles_give_and_the_sync_leaves_it(district: District) -> None:
    given = await leadership(district)
    body = {name: given[name] for name in ("person_id", "kind", "org_id")} | {"begin_date": "2026-01-01"}
    async with district.client() as http:
        made = await http.put(f"/v1/relationships/{new_id()}", json=body)
        assert made.status_code == 201, made.text
        await upload(district, zipped(changed=1.0))
        assert (await http.get(f"/v1/relationships/{made.json()['id']}")).json() == made.json()
        (held,) = await read_all(district, "/v1/relationships", kind="leads", person_id=given["person_id"])
        assert held["id"] == made.json()["id"]

        told = await why(district, held["id"])
        assert (told["source"], told["precedence"], told["holds"]) == ("manual", 2, True)
        assert [other["id"] for other in told["overrides"]] == [given["id"]]
        assert told["roles"][0]["source"] == "roster"
        assert told["changes"][0]["client_id"] == district.client_id
        assert told["roster_import_id"] is None
        assert any(given["id"] in sentence for sentence in told["sentences"])
        other = await why(district, given["id"])
        assert (other["precedence"], other["holds"]) == (1, False)
        assert [row["id"] for row in other["overridden_by"]] == [held["id"]]

        # Withdrawn, it makes room again at once.
        await http.post(f"/v1/relationships/{held['id']}/archive", headers={"If-Match": '"1"'})
    (held,) = await read_all(district, "/v1/relationships", kind="leads", person_id=given["person_id"])
    assert (held["id"], held["source"]) == (given["id"], "roster")
    told = await why(district, given["id"])
    assert told["overridden_by"] == []
    assert told["holds"] is True


async def test_what_follows_from_a_roster_says_which_import(district: District) -> None:
    given = await leadership(district)
    (latest,) = await read_all(district, "/v1/roster-imports")
    told = await why(district, given["id"])
    assert (told["source"], told["roster_import_id"]) == ("roster", latest["id"])
    assert [role["role_id"] for role in told["roles"]] == [given["role_id"]]
    assert told["sentences"][0].startswith("It follows from the role ")


async def test_a_denial_outlives_the_sync_even_under_a_new_role_until_it_is_lifted(district: District) -> None:
    given = await leadership(district)
    person, org = given["person_id"], given["org_id"]
    address = f"/v1/relationships/{given['id']}"
    async with district.client() as http:
        denied = await http.post(f"{address}/archive", headers={"If-Match": '"1"'})
        assert denied.json()["denied"] is True
        # The SIS gives the same person another role of that kind there.
        roles = [{"role": "siteAdministrator", "org_id": org, "begin_date": "2020-01-01"}]
        assert (
            await http.patch(f"/v1/people/{person}", json={"roles": roles}, headers={"If-Match": "*"})
        ).status_code == 200
        await upload(district, zipped(changed=1.0))
        assert await read_all(district, "/v1/relationships", person_id=person) == []
        told = await why(district, given["id"])
        assert (told["denied"], told["holds"], len(told["roles"])) == (True, False, 2)

        lifted = await http.post(f"{address}/restore", headers={"If-Match": f'"{denied.json()["version"]}"'})
        assert lifted.status_code == 200, lifted.text
        assert (lifted.json()["archived_at"], lifted.json()["source"]) == (None, "roster")
        assert lifted.headers["ETag"] == f'"{lifted.json()["version"]}"'
    (held,) = await read_all(district, "/v1/relationships", person_id=person)
    assert held["id"] == given["id"]


async def test_a_grant_that_was_withdrawn_comes_back_by_hand(district: District) -> None:
    await upload(district, zipped())
    one, two = (row["id"] for row in (await read_all(district, "/v1/people", role="teacher"))[:2])
    address = f"/v1/relationships/{new_id()}"
    async with district.client() as http:
        await http.put(address, json={"person_id": one, "kind": "mentors", "target_person_id": two})
        gone = await http.post(f"{address}/archive", headers={"If-Match": '"1"'})
        assert gone.json()["denied"] is False
        assert (await http.post(f"{address}/restore", headers={"If-Match": '"1"'})).status_code == 412
        back = await http.post(f"{address}/restore", headers={"If-Match": '"2"'})
        assert (back.json()["archived_at"], back.json()["source"], back.json()["version"]) == (None, "manual", 3)
        assert (await why(district, back.json()["id"]))["holds"] is True


async def test_what_follows_from_a_role_keeps_its_ends(district: District) -> None:
    given = await leadership(district)
    other = (await read_all(district, "/v1/orgs", type="school"))[1]["id"]
    async with district.client() as http:
        answer = await http.patch(
            f"/v1/relationships/{given['id']}", json={"org_id": other}, headers={"If-Match": '"1"'}
        )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "fixed")
