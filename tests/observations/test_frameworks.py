"""Frameworks over HTTP: drafts change, published versions never do, in the API and in the database."""

import asyncpg
import pytest

from shared.clock import new_id
from shared.contracts.observations import FrameworkVersionState
from tests.observations.scenes import Framework, ok, pointers, refused


async def test_a_draft_is_replaced_and_patched_under_its_version(school):
    framework = Framework(id=school.framework.id)
    path = f"/v1/framework-versions/{framework.version_id}"
    async with school.acting("principal") as http:
        first = ok(await http.put(path, json=framework.document()), 201)
        assert first["state"] == "draft"
        again = await http.put(path, json=framework.document())
        assert ok(again)["version"] == 1
        refused(await http.put(path, json=framework.document(label="other")), 428)
        changed = await http.put(path, json=framework.document(label="other"), headers={"If-Match": '"1"'})
        assert ok(changed)["label"] == "other"
        refused(await http.put(path, json=framework.document(), headers={"If-Match": '"1"'}), 412)
        patched = await http.patch(path, json={"look_fors": []}, headers={"If-Match": '"2"'})
        assert ok(patched)["look_fors"] == []
        assert ok(await http.get(path))["domains"] == framework.document()["domains"]
        listed = ok(await http.get("/v1/framework-versions", params={"state": "draft"}))
    assert [row["id"] for row in listed["data"]] == [str(framework.version_id)]


async def test_published_is_for_ever(school):
    path = f"/v1/framework-versions/{school.framework.version_id}"
    async with school.acting("superintendent") as http:
        published = ok(await http.get(path))
        same = await http.put(path, json=school.framework.document())
        assert ok(same) == published
        etag = {"If-Match": f'"{published["version"]}"'}
        other = school.framework.document(label="another word")
        body = refused(await http.put(path, json=other, headers=etag), 409, "framework-version-published")
        assert body["possible"] == ["retire"]
        refused(await http.patch(path, json={"look_fors": []}, headers=etag), 409, "framework-version-published")
        again = refused(await http.post(f"{path}/publish", headers=etag), 409, "framework-version-move-refused")
        assert again["possible"] == ["retire"]
        retired = ok(await http.post(f"{path}/retire", headers=etag))
        assert retired["domains"] == published["domains"]
        refused(await http.post(f"{path}/publish", headers={"If-Match": "*"}), 409)


async def test_not_even_our_own_role_can_rewrite_what_was_published(school):
    database = school.district.stack.runtimes["observations"].database
    key = (school.district.id, school.framework.version_id)
    where = "where district_id = $1 and framework_version_id = $2"
    for statement in (
        f"update observations.published_contents set content = '{{}}' {where}",
        f"delete from observations.published_contents {where}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(school.district.id) as connection:
                await connection.execute(statement, *key)


async def test_a_document_that_contradicts_itself_is_refused_by_pointer(school):
    framework = Framework(id=school.framework.id)
    document = framework.document()
    indicators = document["domains"][0]["components"][0]["indicators"]
    indicators[1]["id"] = indicators[0]["id"]
    indicators[2] |= {"levels": list(reversed(indicators[2]["levels"]))}
    document["look_fors"][1]["indicator_id"] = str(new_id())
    async with school.acting("principal") as http:
        problem = refused(await http.put(f"/v1/framework-versions/{framework.version_id}", json=document), 422)
        empty = framework.document(domains=[], look_fors=[])
        ok(await http.put(f"/v1/framework-versions/{framework.version_id}", json=empty), 201)
        etag = {"If-Match": '"1"'}
        path = f"/v1/framework-versions/{framework.version_id}/publish"
        refused(await http.post(path, headers=etag), 409, "framework-version-empty")
        unknown = framework.document(framework_id=str(new_id()))
        assert pointers(refused(await http.put(f"/v1/framework-versions/{new_id()}", json=unknown), 422)) == [
            "#/framework_id"
        ]
    assert pointers(problem) == [
        "#/domains/0/components/0/indicators/1/id",
        "#/domains/0/components/0/indicators/2/levels",
        "#/look_fors/1/indicator_id",
    ]


async def test_leaders_write_and_everybody_reads(school):
    framework = Framework(id=school.framework.id)
    async with school.acting("teacher") as http:
        refused(await http.put(f"/v1/framework-versions/{framework.version_id}", json=framework.document()), 403)
        refused(await http.put(f"/v1/frameworks/{new_id()}", json={"name": "Mine", "external_ids": {}}), 403)
        assert ok(await http.get(f"/v1/framework-versions/{school.framework.version_id}"))["state"] == "published"


async def test_a_framework_is_renamed_and_archived(school):
    path = f"/v1/frameworks/{school.framework.id}"
    async with school.acting("principal") as http:
        ids = {"external_ids": {"vendor": "7"}}
        assert ok(await http.patch(path, json=ids, headers={"If-Match": '"1"'}))["external_ids"] == {"vendor": "7"}
        gone = await http.patch(path, json={"external_ids": {"vendor": None}}, headers={"If-Match": '"2"'})
        assert ok(gone)["external_ids"] == {}
        ok(await http.post(f"{path}/archive", headers={"If-Match": '"3"'}))
        assert ok(await http.get("/v1/frameworks"))["data"] == []
        assert len(ok(await http.get("/v1/frameworks", params={"archived": "only"}))["data"]) == 1
        assert ok(await http.get(path))["archived_at"] is not None


async def test_another_district_sees_nothing(school, other_district):
    async with other_district.client() as http:
        refused(await http.get(f"/v1/framework-versions/{school.framework.version_id}"), 404)
        assert ok(await http.get("/v1/framework-versions"))["data"] == []


async def test_the_feed_tells_of_the_publication_with_ids_and_titles(school):
    (event,) = await school.events("framework_version.published")
    state = FrameworkVersionState.model_validate(event["data"])
    assert [indicator.id for indicator in state.indicators] == school.framework.indicators
    assert [look_for.kind for look_for in state.look_fors] == ["seen", "seen", "seen", "count"]
    assert [level.label for level in state.indicators[0].levels] == ["Level 1", "Level 2", "Level 3", "Level 4"]


async def drafted(http, framework: Framework, **changes) -> str:
    """Draft a further version of the framework; give its path."""
    path = f"/v1/framework-versions/{new_id()}"
    ok(await http.put(path, json=framework.document(**changes)), 201)
    return path


async def test_a_version_is_compared_with_the_one_before_it(school):
    framework = school.framework
    later = framework.document(label="2027-28", scoring="forbidden")
    indicators = later["domains"][0]["components"][0]["indicators"]
    indicators[0] |= {"title": "Asks why", "weight": 2.0}
    indicators[1]["levels"] = [level | {} for level in indicators[1]["levels"]]
    indicators[1]["levels"][3] |= {"critical_attributes": ["S ask S."]}
    gone = indicators.pop()
    later["look_fors"].append(later["look_fors"][1] | {"id": str(new_id()), "title": "Home language heard"})
    async with school.acting("principal") as http:
        path = await drafted(http, framework, **later)
        found = ok(await http.get(f"{path}/diff"))
        named = ok(await http.get(f"{path}/diff", params={"from": str(framework.version_id)}))
        first = ok(await http.get(f"/v1/framework-versions/{framework.version_id}/diff"))
        unknown = refused(await http.get(f"{path}/diff", params={"from": str(new_id())}), 422)
    assert found == named
    assert found["from_id"] == str(framework.version_id)
    assert found["scoring"] == {"member": "scoring", "old": "levels", "new": "forbidden"}
    assert [part["title"] for part in found["added"]] == ["Home language heard"]
    assert [part["id"] for part in found["removed"]] == [gone["id"]]
    assert [(part["id"], part["members"]) for part in found["changed"]] == [
        (str(framework.indicators[0]), [
            {"member": "title", "old": "Indicator 0", "new": "Asks why"},
            {"member": "weight", "old": None, "new": 2.0},
        ]),
        (str(framework.indicators[1]), [
            {"member": "levels.4.critical_attributes", "old": ["S explain to S."], "new": ["S ask S."]},
        ]),
    ]  # fmt: skip
    assert (first["from_id"], first["removed"], first["changed"]) == (None, [], [])
    assert len(first["added"]) == 2 + len(framework.indicators) + len(framework.look_fors)
    assert pointers(unknown) == ["#/query/from"]


async def test_where_scores_are_forbidden_none_is_stored(school):
    framework = school.framework
    bare = framework.document(label="formative", scoring="forbidden")
    for indicator in bare["domains"][0]["components"][0]["indicators"]:
        indicator["levels"] = []
    async with school.acting("principal") as http:
        scored = refused(await http.put(f"/v1/framework-versions/{new_id()}", json=bare | {"scoring": "levels"}), 422)
        path = await drafted(http, framework, **bare)
        ok(await http.post(f"{path}/publish", headers={"If-Match": '"1"'}))
        version = {"framework_version_id": path.rpartition("/")[2]}
        visit = school.visit(**version)
        for level in (3, "not_observed"):
            visit["scores"] = [{"indicator_id": str(framework.indicators[0]), "level": level}]
            refused(await http.post("/v1/observations", json=visit), 409, "scores-forbidden")
        batch = ok(await http.post("/v1/observations/batch", json={"items": [visit]}))
        assert batch["data"][0]["problem"]["type"].endswith("scores-forbidden")
        recorded = ok(await http.post("/v1/observations", json=visit | {"scores": [], "state": "in_progress"}), 201)
        stored = f"/v1/observations/{recorded['id']}"
        scores = {"scores": visit["scores"]}
        refused(await http.patch(stored, json=scores, headers={"If-Match": "*"}), 409, "scores-forbidden")
        assert ok(await http.get(stored))["content"]["scores"] == []
    assert len(recorded["content"]["look_fors"]) == 2
    assert pointers(scored)[0] == "#/domains/0/components/0/indicators/0/levels"
    assert all(event["data"]["scores"] == [] for event in await school.events("observation.", of=recorded["id"]))


async def test_the_feed_tells_what_a_look_for_is_about(school):
    (event,) = await school.events("framework_version.published")
    state = FrameworkVersionState.model_validate(event["data"])
    assert [look_for.tags for look_for in state.look_fors] == [[], ["culturally_responsive"], [], []]
