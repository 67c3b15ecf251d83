"""The OpenAPI document is valid, is the committed one, and says of every operation what can go wrong."""

import json
from collections.abc import Iterable

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.all_in_one import document_of
from shared.errors import PROBLEM
from shared.openapi import Document
from tests.architecture.house import Operation, apps, merged, operations

ALWAYS = {"401", "403", "404", "405", "422", "429", "503"}
WRITES = {"409", "412", "413", "415", "428"}
STANDARD = {"405", "429", "503"}


def validity_faults(document: Document) -> list[str]:
    return [f"{list(e.absolute_path)}: {e.message}" for e in OpenAPIV31SpecValidator(document).iter_errors()]


def error_faults(found: Iterable[Operation]) -> list[str]:
    """Under a standard's prefix the standard's own errors count; everything else answers problem+json."""
    faults = []
    for operation in found:
        responses = operation.said["responses"]
        expected = STANDARD if operation.is_standard else ALWAYS | (WRITES if operation.method != "get" else set())
        if missing := expected - set(responses):
            faults.append(f"{operation} does not document {sorted(missing)}")
        if "default" in responses:
            faults.append(f"{operation} documents `default`, which says nothing by saying everything")
        if not any(status.startswith(("2", "3")) for status in responses):
            faults.append(f"{operation} never succeeds")
        faults += [f"{operation} answers {s} not as {PROBLEM}" for s in _unlike_problems(operation)]
    return faults


def _unlike_problems(operation: Operation) -> list[str]:
    if operation.is_standard:
        return []
    responses = operation.said["responses"]
    return [s for s, r in responses.items() if s >= "400" and set(r.get("content", ())) != {PROBLEM}]


def prose_faults(found: Iterable[Operation]) -> list[str]:
    ids: dict[str, str] = {}
    faults = []
    for operation in found:
        said = operation.said
        if not said.get("summary") or not said.get("tags"):
            faults.append(f"{operation} has no summary or no tag")
        if (other := ids.setdefault(said["operationId"], str(operation))) != str(operation):
            faults.append(f"{operation} has the operationId of {other}")
    return faults


def test_the_merged_document_is_valid_openapi() -> None:
    assert merged()["openapi"].startswith("3.1")
    assert len(merged()["paths"]) > 50
    assert not validity_faults(merged())


def test_the_committed_document_is_the_one_that_is_served() -> None:
    committed = merged()
    now = json.loads(json.dumps(document_of(apps())))
    changed = [
        path
        for path in committed["paths"].keys() | now["paths"]
        if committed["paths"].get(path) != now["paths"].get(path)
    ]
    assert committed == now, f"run `make openapi`; it differs at {sorted(changed) or 'the components'}"


def test_every_operation_documents_its_errors() -> None:
    found = error_faults(operations())
    assert not found, "\n".join(found)


def test_every_operation_says_what_it_is() -> None:
    found = prose_faults(operations())
    assert not found, "\n".join(found)


def test_internal_routes_are_in_no_document() -> None:
    assert not [path for path in merged()["paths"] if path.startswith("/internal")]


@pytest.mark.parametrize("media", ["application/json", PROBLEM])
def test_these_checks_can_fail(media: str) -> None:
    errors = {s: {"description": "no", "content": {media: {}}} for s in ALWAYS}
    operation = Operation("get", "/v1/x", {"operationId": "x", "responses": {"200": {}, **errors}})
    expected = [] if media == PROBLEM else [f"GET /v1/x answers {s} not as {PROBLEM}" for s in errors]
    assert error_faults([operation]) == expected
    silent = Operation("post", "/v1/x", {"operationId": "x", "responses": {"default": {"description": "?"}}})
    assert len(error_faults([silent])) == 4
    assert prose_faults([operation, silent])[-1] == "POST /v1/x has the operationId of GET /v1/x"
    assert validity_faults({"openapi": "3.1.0", "info": {"title": "x"}, "paths": {}})
