"""The provider against the table of standard.py: each operation, asked in every way that the standard knows."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shared.access.scopes import SCOPES
from shared.testing.stack import District, Stack, new_district, token_of
from tests.districts.oneroster.samples import GRADES, sample
from tests.districts.oneroster.standard import (
    GRADEBOOK,
    ROSTERING,
    SCOPE,
    V1P1,
    V1P1_GRADEBOOK,
    Operation,
    Service,
    faults,
    references,
)
from tests.districts.rosters import upload

CASES = [
    (service, operation) for service in (ROSTERING, V1P1, GRADEBOOK, V1P1_GRADEBOOK) for operation in service.operations
]


def of(cases: Sequence[tuple[Service, Operation]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("service", "operation"), cases, ids=[f"{s}/{o}" for s, o in cases])


WRITES = {
    GRADEBOOK.prefix: (
        *(f"{method} {noun}/{{}}" for noun in ("categories", "lineItems", "results", "scoreScales")
          for method in ("put", "delete")),
        "post classes/{}/lineItems", "post schools/{}/lineItems", "post lineItems/{}/results",
        "post classes/{}/academicSessions/{}/results",
    ),
    V1P1_GRADEBOOK.prefix: tuple(
        f"{method} {noun}/{{}}" for noun in ("categories", "lineItems", "results") for method in ("put", "delete")
    ),
}  # fmt: skip
STRICT = "invalid_selection_field"
every_operation = of(CASES)
every_collection = of([case for case in CASES if case[1].kind == "collection"])
every_relation = of([case for case in CASES if case[1].kind == "relation"])


@pytest.fixture(scope="module")
async def loaded(stack: Stack) -> District:
    """One district for all: nothing here changes it."""
    district = await new_district(stack)
    await upload(district, sample())
    await hand_in(district)
    return district


async def hand_in(district: District) -> None:
    """Give the district a gradebook."""
    async with district.client() as http:
        for path, one in GRADES.items():
            name = next(iter(one))
            address = f"{GRADEBOOK.prefix}/{path}"
            answer = await http.put(address, json=one)
            assert answer.status_code == 201, f"{path}: {answer.text}"
            assert list(answer.json()) == [name]


async def read(http: httpx.AsyncClient, address: str, **parameters: Any) -> httpx.Response:
    answer = await http.get(address, params=parameters) if parameters else await http.get(address)
    assert answer.status_code == 200, f"{address} {parameters}: {answer.text}"
    assert answer.headers["content-type"] == "application/json"
    return answer


async def ids(http: httpx.AsyncClient, service: Service, path: str) -> list[str]:
    (rows,) = (await read(http, f"{service.homes.get(path, service.prefix)}/{path}", limit=1000)).json().values()
    return [row["sourcedId"] for row in rows]


async def addresses(http: httpx.AsyncClient, service: Service, operation: Operation) -> list[str]:
    """Give the operation's address for every parent there is."""
    found = [(f"{service.prefix}/", "")]
    for part in re.findall(r"\w+/{}|\w+$", operation.path):
        collection, is_parent, _ = part.partition("/")
        if not is_parent:
            made = [f"{address}{collection}" for address, _ in found]
            if service.is_unknown_404:  # one parent need not lie within the other
                made = [address for address in made if (await http.get(address)).status_code != 404]
            return made
        found = [
            (f"{address}{collection}/{quote(one, safe='')}/", one)
            for address, _ in found
            for one in await ids(http, service, collection)
        ]
    raise AssertionError("a path ends with what is shown")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Read the status payload, which has to be whole."""
    body = answer.json()
    assert set(body) == {"imsx_codeMajor", "imsx_severity", "imsx_description", "imsx_CodeMinor"}
    assert (body["imsx_codeMajor"], body["imsx_severity"]) == ("failure", "error")
    (field,) = body["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert set(field) == {"imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"}
    return answer.status_code, field["imsx_codeMinorFieldValue"]


def links(answer: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["Link"])
    return {relation: url for url, relation in found}


def test_every_operation_that_is_served_is_in_the_table_and_every_one_of_the_table_is_served() -> None:
    """41 reads of rostering 1.2, 15 of its gradebook, 52 of 1.1; 12 and 6 writes (test_gradebook.py)."""
    document = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text())
    served = [
        (method, re.sub(r"{\w+}", "{}", path))
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/ims/oneroster/") and "/discovery/" not in path
    ]
    table = [f"{service.prefix}/{operation.path}" for service, operation in CASES]
    table += [
        f"{service.prefix}/{operation.path}/{{}}" for service, operation in CASES if operation.kind == "collection"
    ]
    assert sorted(path for method, path in served if method == "get") == sorted(table)
    writes = [word.replace(" ", f" {prefix}/", 1) for prefix, words in WRITES.items() for word in words]
    assert sorted(f"{method} {path}" for method, path in served if method != "get") == sorted(writes)
    counts = {service.prefix: sum(path.startswith(service.prefix) for path in table) for service, _ in CASES}
    assert counts == {ROSTERING.prefix: 41, GRADEBOOK.prefix: 15, V1P1.prefix: 52}
    assert len(writes) == 18


@pytest.mark.parametrize("write", [f"{p} {w}" for p, words in WRITES.items() for w in words])
async def test_a_write_takes_its_own_scope_and_says_no_in_the_standards_tongue(loaded: District, write: str) -> None:
    prefix, method, path = write.split(" ")
    address = f"{prefix}/{path.format('nobody', 'nobody')}"
    scope = f"{SCOPE}gradebook.{'delete' if method == 'delete' else f'create{method}'}"
    token = await token_of(loaded.stack, loaded.client_id, loaded.client_secret, scope)
    async with loaded.client(token=token) as http:
        answer = await http.request(method, address, content=b"{")
        if method == "delete":
            assert refusal(answer) == (404, "unknownobject")
        else:
            assert refusal(answer)[0] in {400, 422}
            assert refusal(answer)[1] == "invaliddata"
    token = await token_of(loaded.stack, loaded.client_id, loaded.client_secret, f"{SCOPE}gradebook.readonly")
    async with loaded.client(token=token) as http:
        assert refusal(await http.request(method, address, json={})) == (403, "forbidden")
    async with loaded.stack.client() as http:
        assert refusal(await http.request(method, address, json={})) == (401, "unauthorisedrequest")


@every_operation
async def test_what_is_served_pleases_a_strict_reader(loaded: District, service: Service, operation: Operation) -> None:
    async with loaded.client() as http:
        rows = 0
        for address in await addresses(http, service, operation):
            answer = await read(http, address)
            body = answer.json()
            assert list(body) == [operation.many]
            assert answer.headers["X-Total-Count"] == str(len(body[operation.many]))
            for row in body[operation.many]:
                assert faults(service, operation.one, row) == []
                for reference in references(row):
                    linked = await read(http, reference["href"])
                    assert next(iter(linked.json().values()))["sourcedId"] == reference["sourcedId"]
            rows += len(body[operation.many])
        assert rows, "nothing was looked at"


@every_collection
async def test_each_object_is_read_by_its_id(loaded: District, service: Service, operation: Operation) -> None:
    address = f"{service.prefix}/{operation.path}"
    async with loaded.client() as http:
        for row in (await read(http, address)).json()[operation.many]:
            answer = await read(http, f"{address}/{quote(row['sourcedId'], safe='')}")
            assert answer.json() == {operation.one: row}
            assert answer.headers["X-Total-Count"] == "1"
            selected = await read(http, f"{address}/{quote(row['sourcedId'], safe='')}", fields="sourcedId,status")
            assert selected.json() == {operation.one: {n: row[n] for n in ("sourcedId", "status")}}
        assert refusal(await http.get(f"{address}/nobody")) == (404, "unknownobject")
        assert refusal(await http.get(f"{address}/nobody", params={"fields": ""}))[0] == 400
    async with loaded.stack.client() as http:
        assert refusal(await http.get(f"{address}/nobody")) == (401, "unauthorisedrequest")


@every_operation
async def test_only_its_scopes_open_it(loaded: District, service: Service, operation: Operation) -> None:
    async with loaded.client() as http:
        address = (await addresses(http, service, operation))[0]
    for scope in SCOPES:
        if scope.startswith("https://"):
            token = await token_of(loaded.stack, loaded.client_id, loaded.client_secret, scope)
            async with loaded.client(token=token) as http:
                answer = await http.get(address)
                if scope in operation.scopes:
                    assert answer.status_code == 200, scope
                else:
                    assert refusal(answer) == (403, "forbidden"), scope
    async with loaded.stack.client() as http:
        assert refusal(await http.get(address)) == (401, "unauthorisedrequest")


@every_operation
async def test_pages_and_their_links_leave_nobody_out(loaded: District, service: Service, operation: Operation) -> None:
    async with loaded.client() as http:
        for address in await addresses(http, service, operation):
            whole = (await read(http, address)).json()[operation.many]
            kept = {"fields": "sourcedId", "filter": "status='active'"}
            answer = await read(http, address, limit=1, **kept)
            walked: list[Any] = []
            while True:
                walked += answer.json()[operation.many]
                assert answer.headers["X-Total-Count"] == str(len(whole))
                if "next" not in (found := links(answer)):
                    break
                assert {"first", "last"} <= set(found)
                assert ("prev" in found) == (len(walked) > 1)
                answer = await read(http, found["next"])
            assert walked == [{"sourcedId": row["sourcedId"]} for row in whole]
            stepped = [
                row
                for offset in range(len(whole) + 1)
                for row in (await read(http, address, limit=1, offset=offset)).json()[operation.many]
            ]
            assert stepped == whole
            if whole:
                last = await read(http, links(await read(http, address, limit=2))["last"])
                assert last.json()[operation.many][-1] == whole[-1]
            assert (await read(http, address, offset=5000, limit=10_000)).json() == {operation.many: []}


@every_operation
async def test_sorts_filters_and_fields(loaded: District, service: Service, operation: Operation) -> None:
    async with loaded.client() as http:
        address = max([(len((await read(http, a)).content), a) for a in await addresses(http, service, operation)])[1]
        whole = (await read(http, address)).json()[operation.many]
        for sort in ("sourcedId", "dateLastModified", "status"):
            for order, reverse in (("asc", False), ("desc", True)):
                rows = (await read(http, address, sort=sort, orderBy=order)).json()[operation.many]
                values = [row[sort] for row in rows]
                assert values == sorted(values, reverse=reverse)
                assert len(rows) == len(whole)
        for condition, expected in conditions(whole).items():
            rows = (await read(http, address, filter=condition)).json()[operation.many]
            assert [row["sourcedId"] for row in rows] == expected, condition
        assert (await read(http, address, anything="1", **{"limit ": "100"})).json() == {operation.many: whole}
        for parameters, code in (
            ({"filter": "shoeSize='7'"}, "invalid_filter_field"),
            ({"filter": "status"}, "invalid_filter_field"),
            ({"filter": "status='active' AND status='active' OR status='active'"}, "invalid_filter_field"),
            ({"limit": "0"}, "invaliddata"), ({"limit": "many"}, "invaliddata"), ({"offset": "-1"}, "invaliddata"),
            ({"limit": "10001"}, "invaliddata"), ({"orderBy": "up"}, "invaliddata"),
        ):  # fmt: skip
            assert refusal(await http.get(address, params=parameters)) == (400, code), parameters
        await check_fields(http, service, operation, address)
        assert refusal(await http.patch(address, json={}))[0] == 405


def conditions(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Give filters that hold everywhere, with what they leave."""
    everyone = [row["sourcedId"] for row in rows]
    one, changed = everyone[-1], rows[0]["dateLastModified"]
    return {
        "status='active'": everyone,
        "status!='tobedeleted' and dateLastModified>'2026-01-01'": everyone,
        f"dateLastModified<='{changed}' AND dateLastModified>='{changed}'": [
            row["sourcedId"] for row in rows if row["dateLastModified"] == changed
        ],
        f"sourcedId='{one}'": [one],
        f"sourcedId!='{one}'": everyone[:-1],
        f"sourcedId~'{one.upper()}' OR status='tobedeleted'": [i for i in everyone if one.lower() in i.lower()],
        f"sourcedId>='{one}'": [i for i in everyone if i >= one],
        "dateLastModified>'2099-01-01T00:00:00 00:00'": [],
    }


async def check_fields(http: httpx.AsyncClient, service: Service, operation: Operation, address: str) -> None:
    names = {word.partition(":")[0].rstrip("*") for word in f"{service.base} {service.shapes[operation.one]}".split()}
    for name in sorted(names):
        for row in (await read(http, address, fields=f"sourcedId, {name}")).json()[operation.many]:
            assert set(row) <= {"sourcedId", name}
    refused = (
        {"": "invalid_blank_selection_field"} if service.is_lenient else dict.fromkeys(("sourcedId,x", ""), STRICT)
    )
    for fields, code in refused.items():
        assert refusal(await http.get(address, params={"fields": fields})) == (400, code)
    if service.is_lenient:
        assert (await read(http, address, fields="sourcedId,x")).json() == (await read(http, address)).json()


@every_relation
async def test_nothing_lies_within_an_unknown_parent(loaded: District, service: Service, operation: Operation) -> None:
    address = f"{service.prefix}/{operation.path.format('1000000', '1000000')}"
    async with loaded.client() as http:
        if service.is_unknown_404:
            assert refusal(await http.get(address)) == (404, "unknownobject")
            return
        answer = await read(http, address)
        assert answer.json() == {operation.many: []}
        assert answer.headers["X-Total-Count"] == "0"
        assert (await read(http, address.replace("1000000", "%00"))).json() == {operation.many: []}
