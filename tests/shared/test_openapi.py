import copy
import json
from pathlib import Path
from typing import Any

import pytest

from shared.openapi import DocumentConflictError, merge

DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"
INFO = {"title": "All", "version": "1"}


def document(path: str, operation: str, **schemas: Any) -> dict[str, Any]:
    problem = {"type": "object"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "one of many", "version": "7"},
        "paths": {path: {"parameters": [], "get": {"operationId": operation, "responses": {}}}},
        "components": {"schemas": {"Problem": problem, **schemas}, "headers": {"ETag": {"description": "d"}}},
        "tags": [{"name": "shared"}, {"name": operation}],
    }


def test_one_document_of_all_in_one_order() -> None:
    a, b = document("/v1/b", "read_b", Zebra={"type": "string"}), document("/v1/a", "read_a", Ant={"type": "null"})
    merged = merge({"a": a, "b": b}, info=INFO)
    assert merged["info"] == INFO
    assert list(merged["paths"]) == ["/v1/a", "/v1/b"]
    assert list(merged["components"]) == ["headers", "schemas"]
    assert list(merged["components"]["schemas"]) == ["Ant", "Problem", "Zebra"]
    assert [tag["name"] for tag in merged["tags"]] == ["read_a", "read_b", "shared"]
    assert json.dumps(merged) == json.dumps(merge({"b": b, "a": a}, info=INFO))


def test_nothing_is_named_by_where_its_class_lies() -> None:
    names = json.loads(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]
    assert [name for name in names if name.startswith(("services__", "shared__"))] == []
    assert {"WalksState", "ObservationsState", "CalendarsKind", "PolicyAction"} <= set(names)


def test_it_leaves_the_services_documents_alone() -> None:
    given = {"a": document("/v1/a", "a"), "b": document("/v1/b", "b", Ant={})}
    before = copy.deepcopy(given)
    merge(given, info=INFO)
    assert given == before


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (document("/v1/a", "other"), "path /v1/a is in one and in two"),
        (document("/v1/b", "read"), "operationId read is in one and in two"),
        (document("/v1/b", "other", Ant={"type": "null"}), "schemas/Ant differs in one and two"),
        (document("/v1/b", "other") | {"openapi": "3.0.3"}, "different OpenAPI versions"),
        (
            document("/v1/b", "other") | {"tags": [{"name": "shared", "description": "d"}]},
            "tag shared differs in one and two",
        ),
    ],
)
def test_what_means_two_things_raises(other: dict[str, Any], reason: str) -> None:
    with pytest.raises(DocumentConflictError, match=reason):
        merge({"one": document("/v1/a", "read", Ant={"type": "string"}), "two": other}, info=INFO)
