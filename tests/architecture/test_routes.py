"""Every route says who may ask, lists page by keyset, and only the owner of a noun selects its rows."""

import ast
from collections.abc import Iterable
from pathlib import PurePath
from typing import Annotated, get_origin

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import APIRoute

from shared import document
from shared.internal import from_peer
from shared.paging import ListQuery, Page
from shared.routing import PUBLIC, reads
from shared.units import Unit
from tests.architecture.house import Served, Source, served, sources

MAY_SELECT = {"queries.py", "service.py", "records.py"}  # records: the row of an import, for its job


def is_public(route: APIRoute) -> bool:
    return bool(route.openapi_extra) and route.openapi_extra.items() >= PUBLIC.items()


def permission_faults(routes: Iterable[Served]) -> list[str]:
    """Exactly one of three: a permission type, the peers' key (and only under /internal), the public mark."""
    found = []
    for it in routes:
        marks = {
            "permission": document.scopes_of(it.route) is not None,
            "peer": from_peer in document.calls_of(it.route.dependant),
            "public": is_public(it.route),
        }
        given = [name for name, there in marks.items() if there]
        if len(given) != 1 or (given == ["peer"]) != it.is_internal:
            found.append(f"{it} has {' and '.join(given) or 'no permission type'}")
    return found


def query_names(route: APIRoute) -> set[str]:
    return {name for field in route.dependant.query_params for name in names_in(field)}


def names_in(field: object) -> set[str]:
    annotation = field.field_info.annotation  # type: ignore[attr-defined]
    fields = getattr(annotation, "model_fields", None)
    return set(fields) if fields else {field.alias}  # type: ignore[attr-defined]


def is_page(route: APIRoute) -> bool:
    model = route.response_model
    return isinstance(model, type) and issubclass(model, Page)


def answers_list(route: APIRoute) -> bool:
    return get_origin(route.response_model) in {list, tuple, set}


def paging_faults(routes: Iterable[Served]) -> list[str]:
    found = []
    for it in routes:
        if it.is_internal or it.is_standard:
            continue
        names = query_names(it.route)
        if is_page(it.route) and it.route.methods == {"GET"} and not {"limit", "after"} <= names:
            found.append(f"{it} answers a page and takes no limit and after")
        if names & {"offset", "page", "skip"}:
            found.append(f"{it} pages by offset")
        if "GET" in (it.route.methods or ()) and answers_list(it.route):
            found.append(f"{it} answers a bare list, which can never be paged")
    return found


def selects_elsewhere(source: Source) -> list[str]:
    """Give every `select(Model)` outside of queries.py and service.py of the model's own noun, with `visible_to`."""
    noun = ".".join(source.path.split("/")[:3])
    home = {
        alias.asname or alias.name: node.module.removesuffix(".models")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".models")
        for alias in node.names
    }
    chosen = [
        (node.lineno, argument.id)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "select"
        for argument in node.args
        if isinstance(argument, ast.Name) and argument.id in home
    ]
    may = PurePath(source.path).name in MAY_SELECT
    return [f"{source.path}:{line} selects {model}" for line, model in chosen if home[model] != noun or not may]


def decisions(source: Source) -> list[str]:
    """Give every `if` of a routes file: HTTP in, HTTP out; what depends on the row is its rules', or its rendering."""
    if not source.path.endswith("routes.py"):
        return []
    lines = [node.lineno for node in ast.walk(source.tree) if isinstance(node, ast.If)]
    return [f"{source.path}:{line} decides" for line in lines]


def test_every_route_says_who_may_ask() -> None:
    assert len(served()) > 50
    found = permission_faults(served())
    assert not found, "\n".join(found)


def test_every_list_pages_by_keyset() -> None:
    assert any(is_page(it.route) for it in served())
    found = paging_faults(served())
    assert not found, "\n".join(found)


def test_rows_are_selected_by_their_own_noun() -> None:
    found = [fault for source in sources("services") for fault in selects_elsewhere(source)]
    assert not found, "\n".join(found)


def test_routes_decide_nothing() -> None:
    found = [fault for source in sources("services") for fault in decisions(source)]
    assert not found, "\n".join(found)


def test_these_checks_can_fail() -> None:
    router = APIRouter()
    CanRead = Annotated[Unit, Depends(reads("roster.read"))]  # noqa: N806 - a type

    @router.get("/v1/open")
    async def open_to_all(offset: int = 0) -> list[str]:
        return [str(offset)]

    @router.get("/v1/both", openapi_extra=PUBLIC)
    async def both(unit: CanRead) -> Page[str]:
        return Page(data=[], next=None)

    @router.get("/v1/peer", dependencies=[Depends(from_peer)])
    async def peer() -> None: ...

    @router.get("/v1/good")
    async def good(unit: CanRead, query: Annotated[ListQuery, Query()]) -> Page[str]:
        return Page(data=[], next=None)

    app = FastAPI()
    app.include_router(router)
    routes = [Served("x", route) for route in document.routes_of(app)]
    assert permission_faults(routes) == [
        "GET /v1/open has no permission type",
        "GET /v1/both has permission and public",
        "GET /v1/peer has peer",
    ]
    assert paging_faults(routes) == [
        "GET /v1/open pages by offset",
        "GET /v1/open answers a bare list, which can never be paged",
        "GET /v1/both answers a page and takes no limit and after",
    ]
    rows = "from services.x.y.models import Y\nrows = select(Y)"
    assert selects_elsewhere(Source("services/x/y/routes.py", rows)) == ["services/x/y/routes.py:2 selects Y"]
    assert selects_elsewhere(Source("services/x/z/queries.py", rows)) == ["services/x/z/queries.py:2 selects Y"]
    assert selects_elsewhere(Source("services/x/y/queries.py", rows)) == []
    assert decisions(Source("services/x/y/routes.py", "if row.state:\n    a()")) == ["services/x/y/routes.py:1 decides"]
