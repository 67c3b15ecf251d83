"""PostgreSQL's own word for it: unfiltered pages, far ones too, and indexed filters never scan a table of many rows."""

import asyncio
import re
from typing import Any

import asyncpg
import pytest

from services.districts.oneroster.collections import Collection
from services.districts.oneroster.pages import Asked, read_page
from services.districts.oneroster.places import Memory
from services.districts.oneroster.relations import RELATIONS
from services.districts.oneroster.rostering import COLLECTIONS
from shared.access.principals import Principal
from shared.local.servers import Urls
from shared.testing.servers import run_sql
from shared.testing.stack import District, Stack, new_district
from shared.units import open_unit
from tests.districts.rosters import upload, zipped

LARGE = re.compile(r"Seq Scan on (people|enrollments|roles|user_documents|demographics|results|line_items)\b")


@pytest.fixture(scope="module")
async def large(stack: Stack, urls: Urls) -> District:
    district = await new_district(stack)
    await upload(district, zipped(students=3000, teachers=150, classes=300))
    await run_sql(urls.migration_database_url, "analyze")
    return district


async def plans(district: District, collection: Collection, *pages: Asked) -> str:
    """Read the pages one after the other with one memory, and give the plans of all that was asked for the last."""
    memory, said = Memory(), list[Any]()
    database = district.stack.runtimes["districts"].database
    unit = await open_unit(database, Principal(district.id, "test", frozenset()), hot=True)
    try:
        for page in pages[:-1]:
            await read_page(unit, memory, collection, page, 10)
        with unit.connection.query_logger(said.append):
            await read_page(unit, memory, collection, pages[-1], 10)
            await asyncio.sleep(0)  # the logger is told at the loop's next turn
        found = [
            row[0]
            for query in said
            if isinstance(query, asyncpg.connection.LoggedQuery) and query.query.lstrip().startswith(("select", "with"))
            for row in await unit.connection.fetch(f"explain {query.query}", *query.args)
        ]
    finally:
        await unit.rollback()
    assert found
    return "\n".join(found)


BIG = ("users", "students", "teachers", "enrollments")
FAR = 2500


@pytest.mark.parametrize("path", BIG)
async def test_pages_without_a_filter_never_scan(large: District, path: str) -> None:
    collection = COLLECTIONS[path]
    first = Asked(limit=100)
    if path in {"users", "enrollments"}:  # the total of these is counted once, which reads all there is
        for last in (first, Asked(100, FAR), Asked(100, FAR + 100)):
            found = await plans(large, collection, first, Asked(100, FAR), last)
            assert not LARGE.search(found), found
    single = await plans(large, collection, first, first)
    assert not LARGE.search(single), single


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        ("users", "sourcedId='nobody'"), ("enrollments", "sourcedId='nobody'"),
        ("users", "roles.role='principal'"), ("users", "roles.role='proctor'"),
    ],
)  # fmt: skip
async def test_filters_by_an_indexed_field_never_scan(large: District, path: str, condition: str) -> None:
    found = await plans(large, COLLECTIONS[path], Asked(filter=condition))
    assert not LARGE.search(found), found


@pytest.mark.parametrize("path", [path for path in RELATIONS if path.startswith("classes/")])
async def test_what_lies_within_a_class_never_scans(large: District, path: str) -> None:
    found = await plans(large, RELATIONS[path], Asked(within=("nobody",)))
    assert not LARGE.search(found), found


async def test_these_checks_can_fail(large: District) -> None:
    assert LARGE.search(await plans(large, COLLECTIONS["users"], Asked(filter="givenName~'x'")))
