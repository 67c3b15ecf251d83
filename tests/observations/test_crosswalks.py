"""What corresponds to what between two framework versions: drafted, published for ever, read from both sides."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.crosswalks.rules import faults_of, turned
from services.observations.crosswalks.schemas import Correspondence, Relation
from shared.clock import new_id
from tests.observations.scenes import Framework, School, ok, pointers, refused

IDS = [UUID(int=n) for n in range(4)]


async def beside(school: School) -> Framework:
    """Publish another framework, with indicators of its own."""
    other = Framework()
    async with school.acting() as http:
        ok(await http.put(f"/v1/frameworks/{other.id}", json={"name": "The state's", "external_ids": {}}), 201)
        path = f"/v1/framework-versions/{other.version_id}"
        ok(await http.put(path, json=other.document()), 201)
        ok(await http.post(f"{path}/publish", headers={"If-Match": "*"}))
    return other


def line(one: UUID, other: UUID, relation: str = "exact", **more: object) -> dict[str, object]:
    return {"from_indicator_id": str(one), "to_indicator_id": str(other), "relation": relation, "note": None} | more


def between(school: School, other: Framework, *lines: dict[str, object]) -> dict[str, object]:
    ends = {"from_version_id": str(school.framework.version_id), "to_version_id": str(other.version_id)}
    return ends | {"name": "Ours and the state's", "correspondences": list(lines)}


async def test_published_is_for_ever_and_read_from_both_sides(school: School) -> None:
    other, mine = await beside(school), school.framework
    body = between(
        school, other, line(mine.indicators[0], other.indicators[0]),
        line(mine.indicators[0], other.indicators[1], "broader", note="theirs has discussion, too"),
    )  # fmt: skip
    path = f"/v1/crosswalks/{new_id()}"
    ask = {"indicator_id": str(other.indicators[1])}
    async with school.acting("principal") as http:
        assert ok(await http.put(path, json=between(school, other)), 201)["state"] == "draft"
        refused(await http.post(f"{path}/publish", headers={"If-Match": '"1"'}), 409, "crosswalk-empty")
        ok(await http.put(path, json=body, headers={"If-Match": '"1"'}))
        nothing = ok(await http.get(f"/v1/framework-versions/{other.version_id}/correspondences", params=ask))
        made = ok(await http.post(f"{path}/publish", headers={"If-Match": '"2"'}))
        assert ok(await http.put(path, json=body)) == made
        changed = body | {"correspondences": body["correspondences"][:1]}
        refused(await http.put(path, json=changed, headers={"If-Match": "*"}), 409, "crosswalk-published")
    async with school.acting("stranger") as http:
        (back,) = ok(await http.get(f"/v1/framework-versions/{other.version_id}/correspondences", params=ask))["data"]
        there = f"/v1/framework-versions/{mine.version_id}/correspondences"
        first = ok(await http.get(there, params={"indicator_id": str(mine.indicators[0]), "limit": 1, "count": True}))
        second = ok(
            await http.get(there, params={"indicator_id": str(mine.indicators[0]), "limit": 1, "after": first["next"]})
        )
        refused(await http.put(f"/v1/crosswalks/{new_id()}", json=body), 403)
    assert nothing["data"] == []
    assert (back["relation"], back["other"]["id"]) == ("narrower", str(mine.indicators[0]))
    assert back["other"] == {"id": str(mine.indicators[0]), "code": "10", "title": "Indicator 0"}
    assert (first["total"], second["next"]) == (2, None)
    assert [one["relation"] for one in first["data"] + second["data"]] == ["exact", "broader"]
    assert second["data"][0]["note"] == "theirs has discussion, too"
    async with school.acting() as http:
        refused(await http.post(f"{path}/publish", headers={"If-Match": "*"}), 409, "crosswalk-move-refused")
        ok(await http.post(f"{path}/retire", headers={"If-Match": "*"}))
        assert ok(await http.get(there))["data"] == []
        assert ok(await http.get(path))["correspondences"] == body["correspondences"]
    kinds = [event["type"] for event in await school.events("crosswalk")]
    assert kinds == ["crosswalk.changed", "crosswalk.changed", "crosswalk.published", "crosswalk.retired"]


async def test_what_does_not_fit_is_said_by_pointer(school: School) -> None:
    other, mine = await beside(school), school.framework
    one, two, theirs = mine.indicators[0], mine.indicators[1], other.indicators[0]
    lines = (line(one, theirs), line(one, theirs, "related"), line(theirs, one), line(two, theirs))
    path = f"/v1/crosswalks/{new_id()}"
    async with school.acting() as http:
        problem = refused(await http.put(path, json=between(school, other, *lines)), 422)
        assert sorted(set(pointers(problem))) == [
            "#/correspondences/1", "#/correspondences/2/from_indicator_id", "#/correspondences/2/to_indicator_id",
            "#/correspondences/3/to_indicator_id",
        ]  # fmt: skip
        body = between(school, other)
        unknown = refused(await http.put(path, json=body | {"to_version_id": str(new_id())}), 422)
        assert pointers(unknown) == ["#/to_version_id"]
        refused(await http.put(path, json=body | {"to_version_id": body["from_version_id"]}), 422)
        ok(await http.put(path, json=body), 201)
        turned_round = body | {"from_version_id": body["to_version_id"], "to_version_id": body["from_version_id"]}
        assert pointers(refused(await http.put(path, json=turned_round, headers={"If-Match": "*"}), 422)) == [
            "#/from_version_id"
        ]


async def test_case_has_it_as_associations_between_the_items_of_both(school: School) -> None:
    other, mine = await beside(school), school.framework
    relations = ("exact", "related", "broader", "narrower")
    lines = [line(mine.indicators[n], other.indicators[n], relation) for n, relation in enumerate(relations)]
    lines[3]["note"] = "in part"
    crosswalk = new_id()
    async with school.acting() as http:
        ok(await http.put(f"/v1/crosswalks/{crosswalk}", json=between(school, other, *lines)), 201)
        package = ok(await http.get(f"/v1/crosswalks/{crosswalk}/case"))
        assert ok(await http.get(f"/v1/crosswalks/{crosswalk}/case")) == package
        items = ok(await http.get(f"/v1/framework-versions/{mine.version_id}/case"))["CFItems"]
    said = package["CFAssociations"]
    assert [one["associationType"] for one in said] == [
        "exactMatchOf", "isRelatedTo", "ext:skos.broadMatch", "ext:skos.narrowMatch",
    ]  # fmt: skip
    assert said[0]["originNodeURI"]["uri"] in {item["uri"] for item in items}
    assert said[3]["extensions"] == {"throughline": {"note": "in part"}}
    assert (package["CFDocument"]["adoptionStatus"], package["CFItems"]) == ("Draft", [])


async def test_a_package_comes_in_as_the_draft_that_went_out(school: School) -> None:
    other, mine = await beside(school), school.framework
    lines = [line(mine.indicators[n], other.indicators[n], r) for n, r in enumerate(("exact", "broader"))]
    lines[1]["note"] = "in part"
    first, again = new_id(), new_id()
    async with school.acting() as http:
        made = ok(await http.put(f"/v1/crosswalks/{first}", json=between(school, other, *lines)), 201)
        package = ok(await http.get(f"/v1/crosswalks/{first}/case"))
        assert ok(await http.post("/v1/crosswalks/import", json=package))["version"] == 1
        # Somebody else's: another id, no word of ours, and the second one starts on the other side.
        package["CFDocument"] |= {"identifier": str(again), "extensions": {}}
        turned_ = package["CFAssociations"][1]
        ends = (turned_["originNodeURI"], turned_["destinationNodeURI"])
        turned_ |= {"originNodeURI": ends[1], "destinationNodeURI": ends[0], "associationType": "ext:skos.narrowMatch"}
        problem = refused(await http.post("/v1/crosswalks/import", json=package), 422)
        assert pointers(problem) == ["#/query/from_version_id"]
        query = {"from_version_id": str(mine.version_id), "to_version_id": str(other.version_id)}
        taken = ok(await http.post("/v1/crosswalks/import", json=package, params=query), 201)
        assert taken["correspondences"] == made["correspondences"]
        turned_["associationType"] = "replacedBy"
        problem = refused(await http.post("/v1/crosswalks/import", json=package, params=query), 422)
        assert pointers(problem) == ["#/CFAssociations/1/associationType"]
        turned_ |= {"associationType": "isRelatedTo", "originNodeURI": ends[0] | {"identifier": str(new_id())}}
        problem = refused(await http.post("/v1/crosswalks/import", json=package, params=query), 422)
        assert pointers(problem)[0].startswith("#/CFAssociations/1/")
    async with school.acting("teacher") as http:
        refused(await http.post("/v1/crosswalks/import", json=package, params=query), 403)


async def test_not_even_our_own_role_can_rewrite_what_was_published(school: School) -> None:
    database = school.district.stack.runtimes["observations"].database
    for statement in ("update observations.published_correspondences set note = 'x'",
                      "delete from observations.published_correspondences"):  # fmt: skip
        with pytest.raises(Exception, match="permission denied"):
            async with database.transaction(school.district.id) as connection:
                await connection.execute(statement)


@given(st.lists(st.builds(
    Correspondence, from_indicator_id=st.sampled_from(IDS), to_indicator_id=st.sampled_from(IDS),
    relation=st.sampled_from(Relation),
), max_size=8))  # fmt: skip
def test_what_is_let_in_is_one_relation_for_a_pair_and_exact_is_one_to_one(said: list[Correspondence]) -> None:
    pairs = [(one.from_indicator_id, one.to_indicator_id) for one in said]
    exact = [pair for pair, one in zip(pairs, said, strict=True) if one.relation is Relation.EXACT]
    fits = len(set(pairs)) == len(pairs) and all(len({p[side] for p in exact}) == len(exact) for side in (0, 1))
    assert fits == (not list(faults_of(said, IDS, IDS)))
    assert all(turned(turned(relation)) is relation for relation in Relation)
