"""`throughline up` as a person starts it, and what happens when parts of it are killed."""

import asyncio
import json
import signal
from contextlib import aclosing, suppress

import asyncpg
import httpx
import psutil
import pytest

from shared.clock import new_id
from shared.local.servers import EmbeddedServers
from tests.architecture.house import merged
from tests.faults.client import Client
from tests.faults.process_tree import PARTS, Up, soon


def test_it_starts_on_an_empty_folder_and_refuses_a_second_start(running: Up) -> None:
    refused = running.run("up")
    assert refused.returncode == 1
    assert (
        refused.stderr
        == f"throughline: Throughline already runs on {running.data_dir} (process {running.process.pid})\n"
    )  # type: ignore[union-attr]
    assert running.get("/healthz").status_code == 200
    assert soon(lambda: f"\nThroughline serves at http://127.0.0.1:{running.port} " in running.log.read_text(), 3)
    assert f"http://127.0.0.1:{running.port}/docs\n" in running.log.read_text()
    assert running.get("/internal/districts/feed").status_code == 404


def test_commands_work_beside_it(running: Up) -> None:
    district = json.loads(running.run("district", "create", "--name", "Beside", "--json").stdout)
    made = running.run(
        "client", "create", "--district", district["district_id"], "--name", "c", "--scope", "all", "--json"
    )
    client = json.loads(made.stdout)
    assert set(client) == {"client_id", "client_secret"}
    answer = httpx.post(
        f"http://127.0.0.1:{running.port}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(client["client_id"], client["client_secret"]),
        trust_env=False,
    )
    assert answer.status_code == 200
    assert running.get("/openapi.json").json() == merged()  # as the command says, which tests/local/test_cli.py shows


async def test_what_still_runs_at_a_stop_is_answered(running: Up) -> None:
    """Who waits for news gets what there is; who would take longer than the process lives is told to come again."""
    database = EmbeddedServers(running.data_dir).urls.migration_database_url
    async with aclosing(Client(running.url, await asyncio.to_thread(running.new_client))) as api:
        headers = {"Authorization": f"Bearer {await api._bearer()}"}
        org = f"/v1/orgs/{new_id()}"
        page = await api.get("/v1/events", limit=500)
        await api.put(org, {"name": "North", "type": "district", "parent_id": None, "external_ids": {}})
        owner = await asyncpg.connect(database)
        async with asyncio.timeout(20), httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=15) as http:
            while page["data"] or page["more"]:
                page = await api.get("/v1/events", limit=500, wait=1, after=page["next"])
            transaction = owner.transaction()
            await transaction.start()
            await owner.execute("lock table districts.orgs in access exclusive mode")
            slow = asyncio.create_task(http.get(org, headers=headers))
            waits = asyncio.create_task(
                http.get("/v1/events", params={"after": page["next"], "wait": 30}, headers=headers)
            )
            await asyncio.sleep(0.5)
            (api_process := running.part("api")).send_signal(signal.SIGTERM)
            news = await waits
            assert (news.status_code, news.json()["data"]) == (200, [])
            assert not slow.done()
            told = await slow
        await transaction.rollback()
        await owner.close()
        assert (told.status_code, told.headers["Retry-After"]) == (503, "1"), told.text
        assert told.json()["type"] == "urn:throughline:problem:unavailable"
        assert await asyncio.to_thread(soon, lambda: not api_process.is_running(), 5)
        assert (await api.get(org))["name"] == "North"


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_comes_back(running: Up, name: str) -> None:
    before = running.part(name)
    assert before is not None
    before.kill()
    assert soon(lambda: (now := running.part(name)) is not None and now.pid != before.pid, 10)
    assert soon(running.is_ready, 20), running.log.read_text()


@pytest.mark.parametrize("everything", [False, True])
def test_the_next_start_recovers_from_kill_9(running: Up, everything: bool) -> None:
    tree = running.tree()
    for process in tree if everything else tree[:1]:
        with suppress(psutil.NoSuchProcess):  # the first one's end takes others with it
            process.kill()
    assert running.process is not None
    running.process.wait(5)
    running.start()
    assert soon(running.is_ready, 60), running.log.read_text()
    _, left = psutil.wait_procs(tree, timeout=5)
    assert left == []


def test_a_stop_leaves_nothing_within_ten_seconds(running: Up) -> None:
    tree = running.tree()
    assert running.process is not None
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert not [process for process in tree if process.is_running()]
    assert not list((running.data_dir / "run").iterdir())
    assert sorted(path.name for path in running.data_dir.glob("*.pid")) == []
