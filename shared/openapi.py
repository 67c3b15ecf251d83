"""Many services' OpenAPI documents as one. Two services that mean different things by one name raise an error."""

from collections.abc import Iterable, Mapping
from typing import Any

Document = dict[str, Any]
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class DocumentConflictError(ValueError):
    pass


def merge(documents: Mapping[str, Document], *, info: Mapping[str, Any]) -> Document:
    """Give one document, the same for any order of the services. Paths have one owner; equal components are one."""
    paths: Document = {}
    components: dict[str, Document] = {}
    tags: Document = {}
    owner_of: dict[str, str] = {}
    for service, document in sorted(documents.items()):
        for path, item in document.get("paths", {}).items():
            _claim(owner_of, f"path {path}", service)
            for operation_id in _operation_ids(item):
                _claim(owner_of, f"operationId {operation_id}", service)
            paths[path] = item
        for kind, named in document.get("components", {}).items():
            for name, component in named.items():
                _keep(components.setdefault(kind, {}), name, component, owner_of, f"{kind}/{name}", service)
        for tag in document.get("tags", []):
            _keep(tags, tag["name"], tag, owner_of, f"tag {tag['name']}", service)
    merged: Document = {
        "openapi": _only({document["openapi"] for document in documents.values()}),
        "info": dict(info),
        "paths": _sorted(paths),
        "components": {kind: _sorted(named) for kind, named in sorted(components.items())},
    }
    return merged | ({"tags": list(_sorted(tags).values())} if tags else {})


def _claim(owner_of: dict[str, str], what: str, service: str) -> None:
    if what in owner_of:
        raise DocumentConflictError(f"{what} is in {owner_of[what]} and in {service}")
    owner_of[what] = service


def _keep(known: Document, name: str, value: Any, owner_of: dict[str, str], what: str, service: str) -> None:
    if known.setdefault(name, value) != value:
        raise DocumentConflictError(f"{what} differs in {owner_of[what]} and {service}: give one of them another name")
    owner_of.setdefault(what, service)


def _operation_ids(item: Document) -> Iterable[str]:
    return [
        operation["operationId"]
        for method, operation in item.items()
        if method in METHODS and "operationId" in operation
    ]


def _only(versions: set[str]) -> str:
    if len(versions) != 1:
        raise DocumentConflictError(f"the documents are of different OpenAPI versions: {sorted(versions)}")
    return versions.pop()


def _sorted(named: Document) -> Document:
    return dict(sorted(named.items()))
