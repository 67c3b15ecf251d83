"""CASE 1.1 out and in: ids are kept, what others add passes by, and the round trip is the identity on what we model."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.observations.frameworks.case import Titled, content_of, faults_of, package_of
from services.observations.frameworks.case_schemas import CFPackage
from services.observations.frameworks.schemas import FrameworkVersionWrite
from shared.clock import new_id
from tests.observations.scenes import ok, pointers, refused

NAMES = st.text("abc é", min_size=1, max_size=5)
LINES = st.lists(NAMES, max_size=2)
ABOUT = Titled(UUID(int=1), UUID(int=2), "Teaching", "2026-27", "draft", datetime(2026, 11, 1, tzinfo=UTC))


@st.composite
def versions(draw: st.DrawFn) -> FrameworkVersionWrite:
    ids = iter(range(3, 1000))

    def part(**more: Any) -> dict[str, Any]:
        said = {"id": str(UUID(int=next(ids))), "title": draw(NAMES), "weight": draw(st.none() | st.floats(0, 1000))}
        return said | {"code": draw(st.none() | st.just("3b")), "description": draw(st.none() | NAMES)} | more

    def levels() -> list[dict[str, Any]]:
        ordinals = sorted(draw(st.sets(st.integers(0, 100), max_size=4)))
        return [
            {"ordinal": n, "label": draw(NAMES), "descriptor": draw(st.none() | NAMES),
             "critical_attributes": draw(LINES)}
            for n in ordinals
        ]  # fmt: skip

    def times(least: int = 1) -> range:
        return range(draw(st.integers(least, 2)))

    domains = [
        part(components=[
            part(indicators=[part(prompts=draw(LINES), levels=levels()) for _ in times()]) for _ in times()
        ])
        for _ in times(0)
    ]  # fmt: skip
    known = [i["id"] for d in domains for c in d["components"] for i in c["indicators"]]
    look_fors = [
        part(kind=draw(st.sampled_from(["seen", "count"])), prompts=draw(LINES), tags=draw(st.sets(st.just("culture"))),
             indicator_id=draw(st.sampled_from([None, *known])))
        for _ in times(0)
    ]  # fmt: skip
    for one in look_fors:
        one["tags"] = sorted(one["tags"])
    scoring = draw(st.sampled_from(["levels", "forbidden"]))
    said = {"framework_id": str(ABOUT.framework_id), "label": ABOUT.label, "scoring": scoring}
    return FrameworkVersionWrite.model_validate_json(orjson.dumps(said | {"domains": domains, "look_fors": look_fors}))


@given(versions())
def test_out_and_in_again_is_the_same(version: FrameworkVersionWrite) -> None:
    package = CFPackage.model_validate(package_of(ABOUT, version.content(), "https://example.org/case#"))
    sent = CFPackage.model_validate_json(package.model_dump_json(by_alias=True, exclude_none=True))
    assert not faults_of(sent)
    said = {"framework_id": str(ABOUT.framework_id), "label": ABOUT.label} | content_of(sent)
    assert FrameworkVersionWrite.model_validate_json(orjson.dumps(said)) == version


async def test_a_package_comes_back_as_it_went(school, other_district):
    path = f"/v1/framework-versions/{school.framework.version_id}"
    async with school.acting("teacher") as http:
        package = ok(await http.get(f"{path}/case"))
        wanted = ok(await http.get(path))
        refused(await http.post("/v1/frameworks/import", json=package), 403)
    assert package["CFDocument"]["adoptionStatus"] == "Adopted"
    assert len(package["CFRubrics"][0]["CFRubricCriteria"]) == len(school.framework.indicators)
    package["CFDocument"]["subjectURI"] = [{"title": "Any"}]
    package["CFDefinitions"] = {"CFConcepts": []}
    async with other_district.client() as http:
        made = ok(await http.post("/v1/frameworks/import", json=package), 201)
        again = ok(await http.post("/v1/frameworks/import", json=package))
        assert ok(await http.get(f"/v1/frameworks/{school.framework.id}"))["name"] == "Teaching"
    same = ("id", "framework_id", "label", "scoring", "domains", "look_fors")
    assert {name: made[name] for name in same} == {name: wanted[name] for name in same}
    assert (made["state"], again["version"]) == ("draft", made["version"])


async def test_what_lies_nowhere_is_refused_by_pointer(school):
    path = f"/v1/framework-versions/{school.framework.version_id}/case"
    async with school.acting("principal") as http:
        package = ok(await http.get(path))
        package["CFDocument"]["identifier"] = str(new_id())
        problem = refused(await http.post("/v1/frameworks/import", json=package), 422)
        package["CFItems"][0]["CFItemType"] = "Chapter"
        strange = refused(await http.post("/v1/frameworks/import", json=package), 422)
    assert pointers(problem)[0] == "#/CFItems/0"
    assert pointers(strange)[0] == "#/CFItems/0/CFItemType"


async def test_what_would_pass_by_unseen_is_refused_by_pointer(school):
    path = f"/v1/framework-versions/{school.framework.version_id}/case"
    criterion = "#/CFRubrics/0/CFRubricCriteria"
    async with school.acting("principal") as http:
        package = ok(await http.get(path))
        criteria = package["CFRubrics"][0]["CFRubricCriteria"]
        gone = package["CFItems"][-1]["identifier"]
        for changes, pointer in (
            ({"CFItems": package["CFItems"] * 2}, f"#/CFItems/{len(package['CFItems'])}/identifier"),
            ({"CFItems": package["CFItems"][:-1]}, "#/CFAssociations/{}/originNodeURI/identifier"),
            ({"CFRubrics": [{**package["CFRubrics"][0], "CFRubricCriteria": [*criteria, criteria[0]]}]},
             f"{criterion}/{len(criteria)}/CFItemURI/identifier"),
        ):  # fmt: skip
            place = next(n for n, a in enumerate(package["CFAssociations"]) if a["originNodeURI"]["identifier"] == gone)
            problem = refused(await http.post("/v1/frameworks/import", json=package | changes), 422)
            assert pointers(problem)[0] == pointer.format(place)
        criteria[0]["CFItemURI"]["identifier"] = gone
        problem = refused(await http.post("/v1/frameworks/import", json=package), 422)
    assert pointers(problem) == [f"{criterion}/0/CFItemURI/identifier"]
