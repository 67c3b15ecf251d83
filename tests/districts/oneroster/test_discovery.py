"""A consumer that knows nothing but our address finds all it needs, and nothing that is not there."""

import pytest

from shared.testing.stack import District, token_of
from tests.districts.oneroster.standard import GRADEBOOK, ROSTERING, SCOPE

NAMES = {
    ROSTERING.prefix: ("onerosterv1p2rostersservice_openapi3_v1p0.json", "imsorv1p2_rostering_openapi3_v1p0.json"),
    GRADEBOOK.prefix: ("onerosterv1p2gradebookservice_openapi3_v1p0.json", "imsorv1p2_gradebook_openapi3_v1p0.json"),
}
PUBLIC = "http://127.0.0.1:8000"


@pytest.mark.parametrize("prefix", NAMES)
async def test_the_document_is_ours_and_true(district: District, prefix: str) -> None:
    async with district.stack.client() as http:
        first, second = [await http.get(f"{prefix}/discovery/{name}") for name in NAMES[prefix]]
        assert first.status_code == 200
        assert first.content == second.content
        document = first.json()
        assert (await http.get(f"{prefix}/discovery/another.json")).status_code == 404
    assert document["servers"] == [{"url": f"{PUBLIC}{prefix}"}]
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == f"{PUBLIC}/oauth2/token"
    for path, item in document["paths"].items():
        for method, operation in item.items():
            scopes = [scope for need in operation["security"] for scope in need["oauth2"]]
            assert set(scopes) <= set(flow["scopes"])
            token = await token_of(district.stack, district.client_id, district.client_secret, scopes[0])
            async with district.client(token=token) as http:
                answer = await http.request(method, document["servers"][0]["url"] + path)
                assert answer.status_code in {200, 204, 400, 404, 422}, f"{method} {path}"


async def test_rostering_names_its_41_operations_as_the_standard_does(district: District) -> None:
    async with district.stack.client() as http:
        document = (await http.get(f"{ROSTERING.prefix}/discovery/{NAMES[ROSTERING.prefix][0]}")).json()
    found = {operation["operationId"]: path for path, item in document["paths"].items() for operation in item.values()}
    assert len(found) == 41
    assert found["getAllAcademicSessions"] == "/academicSessions"
    assert found["getDemographics"] == "/demographics/{sourcedId}"
    assert found["getClass"] == "/classes/{sourcedId}"
    assert found["getGradingPeriodsForTerm"] == "/terms/{termSourcedId}/gradingPeriods"
    studies = found["getStudentsForClassInSchool"]
    assert studies == "/schools/{schoolSourcedId}/classes/{classSourcedId}/students"
    assert {"openapi", "info", "servers", "paths", "components"} == set(document)
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    names = ("roster.readonly", "roster-core.readonly", "roster-demographics.readonly")
    assert set(flow["scopes"]) == {f"{SCOPE}{name}" for name in names}
    user = document["components"]["schemas"]["OneRosterUser"]
    assert {"sourcedId", "givenName", "roles"} <= set(user["required"])
    assert user["additionalProperties"] is False


async def test_the_gradebook_names_its_27_operations_as_the_standard_does(district: District) -> None:
    async with district.stack.client() as http:
        document = (await http.get(f"{GRADEBOOK.prefix}/discovery/{NAMES[GRADEBOOK.prefix][0]}")).json()
    nouns = ("Categories", "LineItems", "Results", "ScoreScales")
    ones = ("Category", "LineItem", "Result", "ScoreScale")
    assert {o["operationId"] for item in document["paths"].values() for o in item.values()} == {
        *(f"getAll{noun}" for noun in nouns), *(f"get{noun}ForClass" for noun in nouns),
        *(f"{verb}{one}" for verb in ("get", "put", "delete") for one in ones),
        "getResultsForLineItemForClass", "getResultsForStudentForClass", "getScoreScalesForSchool",
        "postLineItemsForClass", "postLineItemsForSchool", "postResultsForLineItem",
        "postResultsForAcademicSessionForClass",
    }  # fmt: skip
