"""What has to be so after all of it, looked at through the API, in the tables, in the folders and at the processes."""

import asyncio
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import psutil

from services.districts.webhooks.delivering import LEASE
from shared.settings import SERVICE_NAMES
from tests.faults.client import Client
from tests.faults.faults import Scene

PATIENCE, QUIET = 180, 60  # seconds, on a machine where others work too
# The clock brings them, and no version: a run that is long, or whose clock jumps, has some.
REMINDERS = {"observation.feedback_due", "observation.feedback_overdue"}
# What only this service writes by itself; the rest of analytics follows from the feeds of the others.
OWN = {"feed_cursors", "feed_head", "outbox", "jobs", "idempotency_keys", "audit_events", "audit_heads"}
OWNERS = {"observations": "observations", "observation-attachments": "observations", "goals": "coaching",
          "people": "districts", "leaves": "districts"}  # fmt: skip


@asynccontextmanager
async def owner(scene: Scene):
    connection = await asyncpg.connect(scene.urls.migration_database_url, database="throughline")
    try:
        yield connection
    finally:
        await connection.close()


async def all_is_applied(scene: Scene) -> None:
    """Wait until every event has its place, everybody has read it, every audit row is chained and no job is open.

    As long as there is less of it each time it goes on, however busy the machine is.
    """
    async with owner(scene) as connection:
        least, since = sys.maxsize, time.monotonic()
        while open_ones := await _open(connection):
            if (many := sum(open_ones.values())) < least:
                least, since = many, time.monotonic()
            assert time.monotonic() - since < PATIENCE, f"no less is open after {PATIENCE} seconds: {open_ones}"
            await asyncio.sleep(0.3)


async def _open(connection: asyncpg.Connection) -> dict[str, int]:
    counts = {}
    for name in SERVICE_NAMES:
        counts[f"{name} unplaced events"] = f"select count(*) from {name}.outbox where position is null"
        counts[f"{name} unchained audit rows"] = f"select count(*) from {name}.audit_events where position is null"
        counts[f"{name} open jobs"] = (
            f"select count(*) from {name}.jobs where state in ('queued', 'running') "
            "and (state = 'running' or name not like '%forget%' and name not like '%.scheduled')"
        )
        counts[f"{name} unread"] = f"""select coalesce(sum(greatest(h.position - c.position, 0)), 0)
            from {name}.feed_cursors c join (select 'x' as publisher, 0::bigint as position where false
            {" ".join(f"union all select '{each}', position from {each}.feed_head" for each in SERVICE_NAMES)}) h
            using (publisher)"""
    found = {what: await connection.fetchval(statement) for what, statement in counts.items()}
    return {what: int(many) for what, many in found.items() if many}


async def listed(api: Client, path: str, person: UUID | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": None}
    while page["next"] or not found:
        after = {"after": page["next"]} if page["next"] else {}
        page = await api.get(path, person, limit=500, archived="include", **after)
        found += page["data"]
        if not page["data"]:
            break
    return found


async def every_write_is_there_once(scene: Scene) -> None:
    noted, api = scene.load.noted, scene.load.api
    for entity, expected in noted.versions.items():
        person = scene.load.school.principal if entity == "observation-attachments" else None
        rows = await listed(api, f"/v1/{entity}", person)
        found = {row["id"]: row["version"] for row in rows}
        assert len(found) == len(rows)
        wrong = {each: (version, found.get(each)) for each, version in expected.items() if found.get(each) != version}
        assert wrong == {}, f"{entity}: acknowledged and found versions"
    visits = Counter(row["observed_at"] for row in await listed(api, "/v1/observations"))
    known = {instant: visits.pop(instant, 0) for instant in noted.visits}
    assert known == dict(noted.visits), "each acknowledged observation once"
    assert all(many == 1 for many in visits.values())
    loose = {instant.replace("+00:00", "Z") for instant in noted.loose}
    assert {instant.replace("+00:00", "Z") for instant in visits} <= loose, "nothing but what somebody sent"
    for address in noted.jobs:
        assert (await api.get(address))["state"] == "succeeded", address
    for attachment, digest in noted.files.items():
        got = await api.send("GET", f"/v1/observation-attachments/{attachment}/content", scene.load.school.principal)
        assert hashlib.sha256(got.content).hexdigest() == digest, attachment


async def every_event_is_told_once(scene: Scene) -> None:
    """One event for each version; all of them once in the log, by whichever way it is read."""
    noted, api = scene.load.noted, scene.load.api
    async with owner(scene) as connection:
        district = (scene.load.district_id,)
        told: list[str] = []
        for name in SERVICE_NAMES:
            rows = await connection.fetch(
                f"select type, entity, entity_id::text, payload from {name}.outbox where district_id = $1", *district
            )
            told += [json.loads(row["payload"])["id"] for row in rows]
            reminders = Counter((row["type"], row["entity_id"]) for row in rows if row["type"] in REMINDERS)
            assert set(reminders.values()) <= {1}, "each deadline is told of once"
            many = Counter((row["entity"], row["entity_id"]) for row in rows if row["type"] not in REMINDERS)
            for entity in (entity for entity, its_owner in OWNERS.items() if its_owner == name):
                wrong = {e: (v, many[entity, e]) for e, v in noted.versions.get(entity, {}).items()
                         if many[entity, e] != v}  # fmt: skip
                assert wrong == {}, f"{entity}: versions and events"
        kept = [str(r[0]) for r in await connection.fetch("select id from districts.event_log where district_id = $1",
                                                          *district)]  # fmt: skip
    assert sorted(kept) == sorted(told)
    read: list[str] = []
    page: dict[str, Any] = {"next": None, "more": True}
    while page["more"]:
        page = await api.get("/v1/events", limit=500, **({"after": page["next"]} if page["next"] else {}))
        read += [event["id"] for event in page["data"]]
    assert read == list(dict.fromkeys(read))
    assert sorted(read) == sorted(told)


async def every_webhook_arrived(scene: Scene, webhook: str, since: str) -> None:
    """Ask for what waits for a later try, then hold what came against the log."""
    api = scene.load.api
    expected: set[str] = set()
    page: dict[str, Any] = {"next": since, "more": True}
    while page["more"]:
        page = await api.get("/v1/events", limit=500, after=page["next"])
        expected |= {event["id"] for event in page["data"]}
    version = (await api.get(f"/v1/webhooks/{webhook}"))["version"]
    await api.post(f"/v1/webhooks/{webhook}/ping", {}, version=version)
    # As long as more comes, it is on its way. What another worker held when it was killed is free after its lease.
    while missing := expected - set(scene.receiver.ids):
        try:
            async with asyncio.timeout(LEASE.total_seconds() + QUIET):
                while len(expected - set(scene.receiver.ids)) == len(missing):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
        except TimeoutError:
            told = f"{len(missing)} of {len(expected)} never arrived: {sorted(missing)[:3]}"
            raise AssertionError(told) from None


async def what_follows_is_what_follows_anew(scene: Scene) -> None:
    """Empty what analytics has made of the feeds, read them again from the beginning, and compare."""
    async with owner(scene) as connection:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'analytics'")
        tables = sorted({row["tablename"] for row in rows} - OWN - {"alembic_version"})
        before = await _contents(connection, tables)
        assert len(before["fact_observations"]) > 0
        async with connection.transaction():
            for table in tables:
                await connection.execute(f"delete from analytics.{table}")
            await connection.execute("update analytics.feed_cursors set position = 0")
        await all_is_applied(scene)
        after = await _contents(connection, tables)
    for table in tables:
        assert before[table] == after[table], table


async def _contents(connection: asyncpg.Connection, tables: list[str]) -> dict[str, Counter[str]]:
    found = {}
    for table in tables:
        rows = await connection.fetch(f"select to_jsonb(t)::text as row from analytics.{table} t")
        found[table] = Counter(row["row"] for row in rows)
    return found


async def the_audit_chain_is_whole(scene: Scene) -> None:
    done = await asyncio.to_thread(scene.up.run, "audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


async def no_temporary_file_is_left(scene: Scene) -> None:
    home = scene.up.data_dir
    left = [path for path in scene.up.temporary.rglob("*") if not path.is_dir()]
    left += [path for path in (home / "blobs").rglob("*") if path.is_file() and len(path.name) != 64]
    left += list(home.glob("*.[0-9]*"))
    left += list(home.glob("pg/base/pgsql_tmp/*"))
    left += list((home / "run").glob("worker-*.*"))  # the sockets there have locks, which are PostgreSQL's own
    assert left == []


async def nothing_of_ours_crashed(scene: Scene) -> None:
    """A 500, a job that failed or a loop that met no outage is a mistake of ours, whoever was told of it."""
    bad = [
        line for line in scene.up.log.read_bytes()[scene.logged :].decode(errors="replace").splitlines()
        if any(f'"{word}"' in line for word in ("request.crashed", "loop_failed", "webhook_turn_failed",
                                                 "after_commit_failed", "job_failed", "store.refused",
                                                 "task_does_not_end", "read_audits.lost"))
        or "with an active transaction" in line or "Timeout (0:" in line
        or "Traceback (most recent call last)" in line or "exception was never retrieved" in line
    ]  # fmt: skip
    assert bad == [], f"{len(bad)} in the log, the first:\n" + bad[0].replace("\\n", "\n")[:6000]


def measured(scene: Scene) -> dict[str, tuple[int, int]]:
    """Give the memory of each part and how many files and sockets it has open."""
    return {name: (part.memory_info().rss, part.num_fds()) for name in ("api", "worker") for part in scene.parts(name)}


async def gone(look: Callable[[], Awaitable[list[Any]]], what: str) -> None:
    """Hold that there is none left. A busy machine may be in the middle of one; what was left behind stays."""
    until = time.monotonic() + QUIET
    while found := await look():
        assert time.monotonic() < until, f"{what} left: {found}"
        await asyncio.sleep(0.5)


async def _stuck(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """select pid, state, query from pg_stat_activity where datname = 'throughline' and state <> 'idle'
           and pid <> pg_backend_pid() and state_change < clock_timestamp() - interval '3 s'"""
    )
    return [dict(row) for row in rows]


async def processes_are_as_before(scene: Scene, before: dict[str, tuple[int, int]]) -> None:
    """All connections can be used again at once, nobody holds a transaction, no socket of a client's is left."""
    api = scene.load.api
    answers = await asyncio.gather(*(api.get("/v1/people", limit=1) for _ in range(40)))
    assert len(answers) == 40
    async with owner(scene) as connection:
        await gone(lambda: _stuck(connection), "sessions with a transaction")
        sessions = await connection.fetchval("select count(*) from pg_stat_activity where datname = 'throughline'")
    pools = len(SERVICE_NAMES) * (8 + 8 + 2)  # what one process may have open
    assert sessions <= 2 * pools + 1
    (process,) = scene.parts("api")
    ours = len(psutil.Process(os.getpid()).net_connections("tcp")) + 2

    async def theirs() -> list[Any]:
        found = [c for c in process.net_connections("tcp") if c.status not in {"LISTEN", "TIME_WAIT"}]
        return found if len(found) > ours else []

    await gone(theirs, "sockets of clients")
    after = measured(scene)
    for name, (memory, opened) in before.items():
        assert after[name][0] < memory * 1.5 + (64 << 20), f"{name} has grown"
        assert after[name][1] <= opened + pools + 8, f"{name} has not closed what it opened"
