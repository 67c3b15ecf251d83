"""`throughline up` as a person starts it, and what happens when parts of it are killed."""

import json
import signal
from contextlib import suppress

import httpx
import psutil
import pytest

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
    assert json.loads(running.run("openapi").stdout) == running.get("/openapi.json").json()


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
