"""What a list finds: the same rows as one by one, and nothing by a member that it does not show.

Every list of the document is asked as everybody of the table, with every filter that a row has a member for.
"""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.access.examples import PEOPLE, Examples, path_of
from tests.access.test_every_operation import GUARDED, query_of
from tests.architecture.house import Operation

SINGLE = {operation.path for operation in GUARDED if operation.method == "get"}
LISTS = [
    operation for operation in GUARDED
    if operation.method == "get" and operation.path.startswith("/v1/") and operation.path.count("/") == 2
    and any(path.startswith(f"{operation.path}/{{") and path.endswith("}") for path in SINGLE)
]  # fmt: skip
EVERYBODY = [None, *PEOPLE]


async def pages(http: httpx.AsyncClient, operation: Operation, examples: Examples, **more: Any) -> list[dict[str, Any]]:
    """Give all rows; none where no person may ask, or no such value may be asked for."""
    path = path_of(operation.path, examples)
    query = query_of(operation, examples) | {"limit": 200} | more
    answer = await http.get(str(path), params=query)
    if answer.status_code in {403, 422}:
        return []
    assert answer.status_code == 200, (operation, more, answer.text)
    return list(answer.json()["data"])


def filters(operation: Operation) -> set[str]:
    asked = {one["name"] for one in operation.said.get("parameters", []) if one.get("in") == "query"}
    return asked - {"limit", "after", "count", "as_of", "updated_since"}


async def test_no_filter_finds_what_is_not_shown(examples: Examples) -> None:
    shown: dict[tuple[str, str | None], dict[str, dict[str, Any]]] = {}
    for who in EVERYBODY:
        async with examples.acting(who) as http:
            for operation in LISTS:
                rows = await pages(http, operation, examples)
                shown[operation.path, who] = {row["id"]: row for row in rows if "id" in row}
    faults = []
    for who in EVERYBODY:
        async with examples.acting(who) as http:
            for operation in LISTS:
                mine = shown[operation.path, who]
                for name, value, ids in _hidden(operation, mine, shown):
                    found = await pages(http, operation, examples, **{name: value})
                    faults += [f"{who}: {operation} {name}={value}" for row in found if row.get("id") in ids]
    assert not faults, "\n".join(faults)


def _hidden(
    operation: Operation, mine: dict[str, dict[str, Any]], shown: dict[tuple[str, str | None], dict[str, Any]]
) -> Iterator[tuple[str, Any, set[str]]]:
    """Give what of the rows that somebody sees is shown to others, and not to them."""
    for name in sorted(filters(operation)):
        told: dict[Any, set[str]] = {}
        for who in EVERYBODY:
            for id_, row in shown[operation.path, who].items():
                own, value = mine.get(id_), row.get(name)
                if own is None or value is None or isinstance(value, dict | list):
                    continue
                if own.get(name) != value:
                    told.setdefault(value, set()).add(id_)
        yield from ((name, value, ids) for value, ids in told.items())


def _more(listed: dict[str, Any], alone: dict[str, Any]) -> list[str]:
    """Name what the list says and the row alone does not; a list may leave content out."""
    return [
        name
        for name, value in listed.items()
        if value not in (None, [], {}) and value != alone.get(name) and name != "withheld"
    ]


async def test_a_list_has_the_rows_that_are_there_one_by_one(examples: Examples) -> None:
    faults = []
    async with examples.acting(None) as http:
        every = {op.path: {r["id"] for r in await pages(http, op, examples) if "id" in r} for op in LISTS}
    for who in PEOPLE:
        async with examples.acting(who) as http:
            for operation in LISTS:
                mine = {row["id"]: row for row in await pages(http, operation, examples) if "id" in row}
                for id_ in sorted(every[operation.path] | mine.keys())[:40]:
                    answer = await http.get(f"{operation.path}/{id_}")
                    one = answer.json() if answer.status_code == 200 else None
                    if (one is None) != (id_ not in mine):
                        faults.append(f"{who}: {operation} {id_}: alone {answer.status_code}, listed {id_ in mine}")
                    elif one is not None and (more := _more(mine[id_], one)):
                        faults.append(f"{who}: {operation} {id_}: the list tells more by {more}")
    assert not faults, "\n".join(faults)
