"""The chain of audit rows: laid by several at once, verified by nobody's word, and broken by an owner who meddles."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.audit.chain import AuditChain, Mark
from shared.audit.verifying import verify
from shared.clock import new_id
from shared.database import Database
from shared.local.servers import Urls
from shared.testing.stack import District, Stack

SCHEMA = "coaching"
ROWS = 12


@pytest.fixture
def database(stack: Stack) -> Database:
    return stack.runtimes[SCHEMA].database


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.migration_database_url)
    yield connection
    await connection.close()


async def note(database: Database, district_id: UUID, count: int = 1) -> None:
    for number in range(count):
        async with database.unit(district_id, hot=True) as unit:
            unit.audit("widget.listed", "widgets", new_id(), rows=number, sourced_id="näme", changed=["x"])


async def lay(database: Database) -> None:
    while await AuditChain(database).run_once():
        pass


@pytest.fixture
async def chained(database: Database, district: District) -> Mark:
    await note(database, district.id, ROWS)
    await lay(database)
    verdict = await verify(database, district.id)
    assert (verdict.checked, verdict.waiting, verdict.faults) == (ROWS, 0, [])
    return verdict.head


async def kinds(database: Database, district: District, expected: Mark | None = None) -> list[tuple[int, str]]:
    verdict = await verify(database, district.id, expected)
    return [(fault.position, fault.kind) for fault in verdict.faults]


async def test_rows_get_their_places_after_their_commit_and_a_late_one_comes_later(database, district) -> None:
    await lay(database)
    async with database.unit(district.id, hot=True) as slow:
        slow.audit("widget.viewed", "widgets", UUID(int=1))
        await note(database, district.id, 2)
        await lay(database)
        assert (await verify(database, district.id)).head.position == 2
        await slow._write_books()
        slow._audits.clear()
        await lay(database)
        assert (await verify(database, district.id)).head.position == 2
    await lay(database)
    async with database.transaction(district.id) as connection:
        rows = await connection.fetch(f"select position, action from {SCHEMA}.audit_events order by position")
    assert [tuple(row) for row in rows] == [(1, "widget.listed"), (2, "widget.listed"), (3, "widget.viewed")]
    assert (await verify(database, district.id)).faults == []


async def test_many_who_lay_it_at_once_never_leave_a_gap(database, district, other_district) -> None:
    writing = [note(database, one, 40) for one in (district.id, other_district.id) for _ in range(2)]

    async def laying() -> None:
        for _ in range(60):
            await AuditChain(database).run_once()
            await asyncio.sleep(0)

    await asyncio.gather(*writing, laying(), laying(), laying())
    await lay(database)
    for one in (district, other_district):
        verdict = await verify(database, one.id)
        assert (verdict.head.position, verdict.checked, verdict.waiting, verdict.faults) == (80, 80, 0, [])


async def test_anybody_can_compute_it_again_from_what_the_api_says(database, district, chained) -> None:
    last = ""
    async with district.client() as http:
        rows = (await http.get(f"/v1/audit-events/{SCHEMA}", params={"limit": 500})).json()["data"]
        lines = (await http.get(f"/v1/audit-events/{SCHEMA}/export")).text.splitlines()
        tail = (await http.get(f"/v1/audit-events/{SCHEMA}/export", params={"after": ROWS - 2})).text.splitlines()
        head = (await http.get(f"/v1/audit-events/{SCHEMA}/head")).json()
    assert [json.loads(line) for line in lines] == sorted(rows, key=lambda row: row["position"])
    assert tail == lines[-2:]
    for row in map(json.loads, lines):
        own = ("id", "at", "client_id", "person_id", "action", "entity", "entity_id", "fields", "request_id", "source")
        said = [last, row["position"], str(district.id), *(row[name] for name in own)]
        text = json.dumps(said, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
        last = hashlib.sha256(text.encode()).hexdigest()
        assert row["hash"] == last
    assert head == {"position": ROWS, "hash": last} == {"position": chained.position, "hash": chained.hash}


CHANGE = f"update {SCHEMA}.audit_events set"
WHERE = "where district_id = $1 and position ="


@pytest.mark.parametrize(
    ("meddling", "found"),
    [
        ([f"{CHANGE} person_id = gen_random_uuid() {WHERE} 5"], [(5, "changed")]),
        ([f"{CHANGE} at = at + interval '1 microsecond' {WHERE} 5"], [(5, "changed")]),
        ([f"{CHANGE} fields = fields || '{{\"rows\": 99}}' {WHERE} 5"], [(5, "changed")]),
        ([f"{CHANGE} hash = repeat('0', 64) {WHERE} 5"], [(5, "changed"), (6, "changed")]),
        ([f"delete from {SCHEMA}.audit_events {WHERE} 5"], [(5, "missing")]),
        ([f"delete from {SCHEMA}.audit_events where district_id = $1 and position in (1, 5, 6)"],
         [(1, "missing"), (5, "missing")]),
        ([f"delete from {SCHEMA}.audit_events {WHERE} {ROWS}"], [(ROWS, "cut")]),
    ],
)  # fmt: skip
async def test_what_an_owner_changes_or_removes_is_found(database, district, owner, chained, meddling, found) -> None:
    for statement in meddling:
        await owner.execute(statement, district.id)
    assert await kinds(database, district) == found


async def test_a_row_that_is_put_in_between_or_moved_is_found(database, district, owner, chained) -> None:
    await owner.execute(f"{CHANGE} position = -position {WHERE} any (array[4, 5])", district.id)
    await owner.execute(f"{CHANGE} position = case position when -4 then 5 else 4 end {WHERE} any (array[-4, -5])",
                        district.id)  # fmt: skip
    assert (await kinds(database, district))[0] == (4, "changed")


async def test_a_row_that_is_put_in_with_those_after_it_moved_up_is_found(database, district, owner, chained) -> None:
    for place in range(ROWS, 6, -1):
        await owner.execute(f"{CHANGE} position = position + 1 {WHERE} {place}", district.id)
    await owner.execute(
        f"""insert into {SCHEMA}.audit_events
              (district_id, id, at, client_id, action, entity, fields, source, position, hash)
            select $1, gen_random_uuid(), now(), 'x', 'x.viewed', 'x', '{{}}', 'live', 7, repeat('a', 64)""",
        district.id,
    )
    found = await kinds(database, district)
    assert found[0] == (7, "changed")
    assert found[-1] == (ROWS + 1, "inserted"), "and the head knows of no such row"


async def test_what_was_cut_off_with_its_head_or_written_anew_is_found_by_a_mark(
    database, district, owner, chained
) -> None:
    await owner.execute(f"delete from {SCHEMA}.audit_events where district_id = $1 and position > 8", district.id)
    await owner.execute(
        f"""update {SCHEMA}.audit_heads h set position = 8, hash = e.hash from {SCHEMA}.audit_events e
            where h.district_id = $1 and e.district_id = $1 and e.position = 8""",
        district.id,
    )
    assert await kinds(database, district) == [], "by itself it is a chain without fault"
    assert await kinds(database, district, chained) == [(9, "cut")]

    await owner.execute(f"{CHANGE} position = null, hash = null where district_id = $1", district.id)
    await owner.execute(f"delete from {SCHEMA}.audit_heads where district_id = $1", district.id)
    await note(database, district.id, 8)
    await lay(database)
    assert await kinds(database, district) == []
    assert await kinds(database, district, chained) == [(chained.position, "rewritten")]


async def test_a_longer_chain_still_goes_through_an_old_mark(database, district, chained) -> None:
    await note(database, district.id, 3)
    await lay(database)
    assert await kinds(database, district, chained) == []
    assert await kinds(database, district, Mark.start()) == []


async def test_the_application_can_place_nothing(database, district: District) -> None:
    """Not even its own rows: by raw SQL it may add a row without a place, and read, no more."""
    add = f"""insert into {SCHEMA}.audit_events (district_id, id, at, client_id, action, entity, fields, source{{}})
              values ($1, $2, now(), 'x', 'x.viewed', 'x', '{{{{}}}}', 'live'{{}})"""
    async with database.transaction(district.id) as connection:
        await connection.execute(add.format("", ""), district.id, new_id())
    for columns, values in ((", position", ", 1"), (", hash", ", 'x'")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(district.id) as connection:
                await connection.execute(add.format(columns, values), district.id, new_id())
    for statement in (
        f"update {SCHEMA}.audit_events set position = 1", f"update {SCHEMA}.audit_heads set position = 0",
        f"delete from {SCHEMA}.audit_heads", f"delete from {SCHEMA}.audit_events", f"truncate {SCHEMA}.audit_events",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(district.id) as connection:
                await connection.execute(statement)


async def test_the_log_is_found_by_who_what_and_when(database, district: District, chained) -> None:
    person = new_id()
    async with database.unit(district.id, hot=True) as unit:
        unit.who = type(unit.who)(district.id, "tablet")
        unit.audit("widget.viewed", "widgets", person)
        between = unit.now
    async with district.client() as http:

        async def found(**asked: str) -> list[str]:
            answer = await http.get(f"/v1/audit-events/{SCHEMA}", params=asked)
            assert answer.status_code == 200, answer.text
            return [row["action"] for row in answer.json()["data"]]

        assert await found(client_id="tablet") == ["widget.viewed"]
        assert await found(action="widget.viewed") == ["widget.viewed"]
        assert await found(entity_id=str(person)) == ["widget.viewed"]
        assert await found(**{"from": between.isoformat()}) == ["widget.viewed"]
        assert await found(before=between.isoformat()) == ["widget.listed"] * ROWS
        assert await found(**{"from": (between + timedelta(days=2)).isoformat()}) == []
        refused = await http.get(f"/v1/audit-events/{SCHEMA}", params={"since": "2026-01-01T00:00:00Z"})
        assert refused.status_code == 422, "a filter that is not known would silently be none"


async def test_a_client_has_the_chain_walked_as_a_job(stack: Stack, district: District, owner, chained) -> None:
    async with district.client() as http:
        head = (await http.get(f"/v1/audit-events/{SCHEMA}/head")).json()
        await owner.execute(f"{CHANGE} action = 'widget.removed' {WHERE} 3", district.id)
        asked = await http.post(f"/v1/audit-events/{SCHEMA}/verify", json={"expected": head})
        assert asked.status_code == 202, asked.text
        await stack.settle()
        job = (await http.get(asked.headers["Location"])).json()
    assert job["state"] == "succeeded"
    assert [(fault["position"], fault["kind"]) for fault in job["result"]["faults"]] == [(3, "changed")]
    assert job["result"]["checked"] >= ROWS
