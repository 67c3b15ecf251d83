"""The command beside nothing that runs; beside a running `up` it is held by tests/faults/test_process_tree.py."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest

from shared.audit.chain import AuditChain
from shared.database import Database
from shared.local.attach import settle
from shared.local.environment import environment_for
from shared.local.servers import EmbeddedServers
from shared.testing.servers import run_sql
from tests.architecture.house import merged

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
DATABASE_URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "RELAY_DATABASE_URL")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    yield folder / "data"
    shutil.rmtree(folder)


def command(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "THROUGHLINE_DATA_DIR": str(home), "THROUGHLINE_FSYNC": "off"}
    environment["PYTHONPATH"] = str(ROOT)  # for what is started in another folder
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *words],
        env=environment | more,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def run(home: Path) -> Run:
    return partial(command, home)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A data folder that was migrated and never served: to make one takes seconds, to copy it none."""
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    done = command(folder / "data", "migrate")
    assert done.returncode == 0, done.stderr
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def migrated(empty: Path, home: Path) -> Path:
    return Path(shutil.copytree(empty, home, symlinks=True))


@pytest.mark.usefixtures("migrated")
def test_migrate_brings_its_own_servers_when_nothing_runs(home: Path, run: Run) -> None:
    assert not list((home / "run").iterdir())
    with EmbeddedServers(home, redis=False, durable=False):
        made = run("district", "create", "--name", "North", "--json")
        assert made.stderr == ""
        district_id = json.loads(made.stdout)["district_id"]
        refused = run("client", "create", "--district", district_id, "--name", "c", "--scope", "roster.raed")
        assert refused.returncode == 1
        assert refused.stderr.startswith("throughline: ")
        assert "roster.raed" in refused.stderr
        absent = run("client", "create", "--district", str(uuid4()), "--name", "c", "--scope", "all")
        assert absent.stderr.startswith("throughline: there is no district")
        plain = run("client", "create", "--district", district_id, "--name", "c", "--scope", "all").stdout
        assert [line.split()[0] for line in plain.splitlines()] == ["client_id", "client_secret"]


@pytest.mark.usefixtures("migrated")
def test_audit_verify_ends_with_1_when_a_row_was_changed_or_cut_off(home: Path, run: Run) -> None:
    with EmbeddedServers(home, redis=False, durable=False) as servers:
        district_id = json.loads(run("district", "create", "--name", "North", "--json").stdout)["district_id"]
        for name in ("one", "two"):
            run("client", "create", "--district", district_id, "--name", name, "--scope", "all")
        asyncio.run(lay_chain(servers.urls.database_url, servers.urls.relay_database_url))
        sound = run("audit", "verify", "--json")
        assert sound.returncode == 0, sound.stderr
        (chain,) = json.loads(sound.stdout)["chains"]
        assert (chain["service"], chain["district_id"], chain["position"], chain["waiting"]) == (
            "districts", district_id, 3, 0,
        )  # fmt: skip
        mark = home / "mark.json"
        mark.write_text(sound.stdout)
        meddle = servers.urls.migration_database_url
        cut = """delete from districts.audit_events where position = 3;
                 update districts.audit_heads h set position = 2, hash = e.hash
                 from districts.audit_events e where e.position = 2"""
        asyncio.run(run_sql(meddle, cut))
        assert run("audit", "verify").returncode == 0, "what is left is a chain without fault"
        found = run("audit", "verify", "--service", "districts", "--expect", str(mark))
        assert found.returncode == 1
        assert f"BROKEN districts {district_id} at 3: cut: row 3 was there when the mark was taken" in found.stdout
        asyncio.run(run_sql(meddle, "update districts.audit_events set client_id = 'x' where position = 1"))
        changed = run("audit", "verify", "--district", district_id)
        assert (changed.returncode, "at 1: changed" in changed.stdout) == (1, True)
        no_mark = run("audit", "verify", "--expect", str(home / "none.json"))
        assert no_mark.stderr == f"throughline: cannot read {home}/none.json: No such file or directory\n"


async def lay_chain(dsn: str, relay_dsn: str) -> None:
    database = await Database("districts", dsn, relay_dsn, pool_size=1).open()
    await AuditChain(database).run_once()
    await database.close()


def test_data_of_another_build_are_not_mistaken_for_ones_own(migrated: Path, run: Run) -> None:
    with EmbeddedServers(migrated, redis=False, durable=False) as servers:
        other = "update observations.alembic_version set version_num = '0001'"
        asyncio.run(run_sql(servers.urls.migration_database_url, other))
        strange = run("migrate")
    assert strange.returncode == 1
    assert strange.stderr.startswith("throughline: the data were made by another build, from before the first release")
    assert len(strange.stderr.splitlines()) == 1


def test_what_a_person_can_mend_is_said_in_one_line(run: Run) -> None:
    nothing_runs = run("district", "create", "--name", "North")
    assert nothing_runs.returncode == 1
    assert nothing_runs.stderr.startswith("throughline: the database does not answer or was not migrated")
    assert len(nothing_runs.stderr.splitlines()) == 1
    for words in (("up",), ("migrate",)):
        half = run(*words, DATABASE_URL="postgresql://one")
        assert half.returncode == 1
        assert half.stderr == (
            "throughline: a database of your own needs all three roles: "
            "set MIGRATION_DATABASE_URL and RELAY_DATABASE_URL too\n"
        )


@pytest.mark.parametrize("words", [("up",), ("demo",), ("migrate",), ("district", "create", "--name", "North")])
def test_a_folder_that_cannot_be_used_is_said_in_one_line(home: Path, run: Run, words: tuple[str, ...]) -> None:
    home.touch()
    refused = run(*words, THROUGHLINE_DATA_DIR=str(home / "data"))
    assert refused.returncode == 1
    assert refused.stderr == f"throughline: cannot use the data folder {home}/data: Not a directory\n"


def test_up_says_when_a_database_of_ones_own_is_away(run: Run) -> None:
    away = run("up", THROUGHLINE_PORT="8999", **dict.fromkeys(DATABASE_URLS, "postgresql://one@127.0.0.1:1/one"))
    assert away.returncode == 1
    first, second = away.stderr.splitlines()
    assert first.startswith("throughline: the database does not answer")
    assert second == "throughline: migrate failed; nothing was started"


def test_a_demo_is_not_deceived_by_what_serves_on_its_port_already(home: Path, run: Run) -> None:
    with answering() as port:
        failed = run("demo", THROUGHLINE_PORT=str(port))
    assert failed.returncode == 1
    assert failed.stderr == (
        f"throughline: it did not start: cannot listen on 127.0.0.1:{port}: Address already in use; "
        "choose another port with --port or THROUGHLINE_PORT\n"
    )
    assert failed.stdout == "Starting PostgreSQL, Redis, the API and the worker ...\n"


@contextmanager
def answering() -> Iterator[int]:
    """A server that finds everything well."""

    class Well(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Well) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_openapi_needs_nothing_that_runs(home: Path, run: Run) -> None:
    output = home.parent / "docs" / "openapi.json"
    assert run("openapi", "--output", str(output)).returncode == 0
    assert json.loads(output.read_text()) == merged()


def test_a_container_gets_nothing_from_a_folder(home: Path) -> None:
    given = {"DATABASE_URL": "postgresql://own", "RELAY_DATABASE_URL": "postgresql://own"}
    environment = dict(given)
    settle(home, environment)
    assert environment == given | {"THROUGHLINE_DATA_DIR": str(home)}
    assert not home.exists()
    environment.clear()
    settle(home, environment)
    assert environment == environment_for(home, {})
