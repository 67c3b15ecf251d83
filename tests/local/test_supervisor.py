import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.local.children import Child, LocalError, command_line
from shared.local.environment import environment_for, listen_address, public_url, servers_for, service_key
from shared.local.listening import INTERNAL, PUBLIC, listen_internal, listen_public
from shared.local.servers import EmbeddedServers
from shared.settings import SERVICE_NAMES, Settings

# A whole tree with children that do nothing: what is ours is the keeping.
TREE = """
import sys
from pathlib import Path
from shared.local.children import Child
from shared.local.servers import EmbeddedServers
from shared.local.supervisor import Supervisor
home, first, child = Path(sys.argv[1]), *sys.argv[2:]
child = Child("child", [sys.executable, "-c", child], record=home / "child.pid")
first = Child("first", [sys.executable, "-c", first], record=home / "first.pid")
sys.exit(Supervisor(EmbeddedServers(home, durable=False), first=[first], children=[child]).run())
"""
IDLE = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"

SERVER = """
from shared.local.listening import INTERNAL, PUBLIC, inherited
for name in (PUBLIC, INTERNAL):
    inherited(name).accept()[0].send(name.encode())
"""


class Tree:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[str] | None = None

    def start(self, child: str = IDLE, first: str = "") -> "Tree":
        words = [sys.executable, "-c", TREE, str(self.home), first, child]
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        return self

    def pid(self, name: str) -> int | None:
        """The pid of a child that runs now."""
        path = {"postgres": self.home / "run/postgres.pid", "redis": self.home / "run/redis.pid"}.get(name)
        try:
            pid = int((path or self.home / f"{name}.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None
        return pid if command_line(pid) else None

    def pids(self) -> list[int]:
        return [pid for name in ("postgres", "redis", "child") if (pid := self.pid(name))]

    def is_up(self) -> bool:
        return len(self.pids()) == 3 and (self.home / "run/redis.sock").exists()

    def end(self, number: signal.Signals) -> tuple[int, str]:
        assert self.process is not None
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=15)
        return self.process.returncode, told


def soon(condition: Callable[[], object], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def tree() -> Iterator[Tree]:
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    tree = Tree(folder / "data")
    yield tree
    if tree.process is not None and tree.process.poll() is None:
        tree.end(signal.SIGTERM)
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_ends_everything(tree: Tree, number: signal.Signals) -> None:
    assert soon(tree.start().is_up)
    pids = tree.pids()
    assert tree.end(number) == (0, "")
    assert not any(command_line(pid) for pid in pids)
    assert not list(tree.home.glob("**/*.pid"))


def test_a_child_that_ignores_the_stop_is_killed_in_time(tree: Tree) -> None:
    assert soon(tree.start(child=DEAF).is_up)
    time.sleep(0.3)  # until it is deaf
    pids, begun = tree.pids(), time.monotonic()
    assert tree.end(signal.SIGTERM)[0] == 0
    assert time.monotonic() - begun < 10
    assert not any(command_line(pid) for pid in pids)


@pytest.mark.parametrize("name", ["postgres", "redis", "child"])
def test_what_dies_is_started_again(tree: Tree, name: str) -> None:
    assert soon(tree.start().is_up)
    before = tree.pid(name)
    assert before
    os.kill(before, signal.SIGKILL)
    assert soon(lambda: tree.pid(name) not in {None, before})
    assert soon(tree.is_up)
    code, told = tree.end(signal.SIGTERM)
    assert code == 0
    assert told.lower() == f"throughline: {name} ended by itself; it starts again in 0.2 s\n"


def test_a_child_that_keeps_dying_waits_longer_each_time(tree: Tree) -> None:
    process = tree.start(child="raise SystemExit(1)").process
    assert process is not None
    assert process.stderr is not None
    waits = [process.stderr.readline().split()[-2] for _ in range(3)]
    assert waits == ["0.2", "0.4", "0.8"]


def test_children_end_with_a_killed_supervisor_and_the_next_start_works(tree: Tree) -> None:
    assert soon(tree.start().is_up)
    pids = tree.pids()
    tree.end(signal.SIGKILL)
    assert soon(tree.start().is_up)
    assert not set(pids) & set(tree.pids())
    assert soon(lambda: not any(command_line(pid) for pid in pids))
    assert tree.end(signal.SIGTERM)[0] == 0


def test_the_next_start_works_after_everything_was_killed(tree: Tree) -> None:
    assert soon(tree.start().is_up)
    assert tree.process is not None
    for pid in (tree.process.pid, *tree.pids()):
        os.kill(pid, signal.SIGKILL)
    tree.process.communicate()
    assert soon(tree.start().is_up)
    assert tree.end(signal.SIGTERM)[0] == 0


def test_a_failing_first_command_stops_the_start(tree: Tree) -> None:
    process = tree.start(first="raise SystemExit(3)").process
    assert process is not None
    assert process.communicate(timeout=15)[1] == "throughline: first failed; nothing was started\n"
    assert process.returncode == 1
    assert not tree.pids()


def test_a_stop_during_the_first_command(tree: Tree) -> None:
    tree.start(first=IDLE)
    assert soon(lambda: tree.pid("first") is not None)
    assert tree.end(signal.SIGTERM) == (0, "")
    assert not tree.pids()
    assert tree.pid("first") is None


def test_an_orphan_is_ended_even_where_the_system_did_not(tmp_path: Path) -> None:
    def plain(argv: object, _: object) -> list[str]:
        return list(argv)  # type: ignore[call-overload, no-any-return]

    orphan = Child("one", [sys.executable, "-c", IDLE], record=tmp_path / "one.pid", prefix=plain)
    orphan.start()
    assert orphan.process is not None
    pid = orphan.process.pid
    assert soon(lambda: command_line(pid))
    Child("one", ["something else"], record=tmp_path / "one.pid").end_orphan()
    assert orphan.process.wait(5) == -signal.SIGTERM
    (tmp_path / "one.pid").write_text(f"{os.getpid()}\nanother\nprogram")
    Child("one", ["something else"], record=tmp_path / "one.pid").end_orphan()  # which is not ours to end


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listen_public("127.0.0.1", port, patience=0)
    with pytest.raises(LocalError, match=r"cannot listen on nowhere\.invalid:1"):
        listen_public("nowhere.invalid", 1)


def test_a_child_serves_the_sockets_that_it_is_handed(tmp_path: Path) -> None:
    public, internal = listen_public("127.0.0.1", 0), listen_internal(tmp_path / "s")
    given = {PUBLIC: str(public.fileno()), INTERNAL: str(internal.fileno())}
    child = Child(
        "server", [sys.executable, "-c", SERVER], record=tmp_path / "pid", environment=given,
        keeps=(public.fileno(), internal.fileno()),
    )  # fmt: skip
    with public, internal, socket.create_connection(public.getsockname()) as first:
        child.start()  # after the client came
        assert first.recv(9) == PUBLIC.encode()[:9]
        with socket.socket(socket.AF_UNIX) as second:
            second.connect(str(tmp_path / "s"))
            assert second.recv(99) == INTERNAL.encode()
        child.wait_stopped(5)


def test_every_process_of_a_folder_derives_the_same_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = environment_for(tmp_path, {}), environment_for(tmp_path, {})
    assert first == second
    assert stat.S_IMODE((tmp_path / "service.key").stat().st_mode) == 0o600
    assert first["THROUGHLINE_SERVICE_KEY"] == service_key(tmp_path)
    assert len(first["THROUGHLINE_SERVICE_KEY"]) >= 40
    for name, value in first.items():
        monkeypatch.setenv(name, value)
    settings, urls = Settings(), EmbeddedServers(tmp_path).urls
    assert settings.database_url == urls.database_url
    assert settings.migration_database_url == urls.migration_database_url
    assert settings.relay_database_url == urls.relay_database_url
    assert settings.redis_url == urls.redis_url
    assert settings.data_dir == tmp_path
    assert settings.public_url == "http://127.0.0.1:8000"
    assert len({settings.peer_url(name) for name in SERVICE_NAMES}) == 1
    assert settings.peer_url("districts").startswith("unix:///")


def test_addresses_that_are_given_replace_the_servers(tmp_path: Path) -> None:
    own = {name: f"postgresql://{name}" for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "RELAY_DATABASE_URL")}
    assert environment_for(tmp_path, own).items() >= own.items()
    assert [type(server).__name__ for server in servers_for(tmp_path, own).wanted] == ["Redis"]
    assert servers_for(tmp_path, own | {"REDIS_URL": "redis://elsewhere"}).wanted == []
    assert len(servers_for(tmp_path, {}).wanted) == 2
    with pytest.raises(LocalError, match="set MIGRATION_DATABASE_URL and RELAY_DATABASE_URL too"):
        environment_for(tmp_path, {"DATABASE_URL": "postgresql://own"})


def test_listening_addresses() -> None:
    assert listen_address({"THROUGHLINE_HOST": "", "THROUGHLINE_PORT": ""}) == ("127.0.0.1", 8000)
    assert public_url({"THROUGHLINE_HOST": "0.0.0.0", "THROUGHLINE_PORT": "9"}) == "http://127.0.0.1:9"
    assert public_url({"THROUGHLINE_HOST": "::1"}) == "http://[::1]:8000"
    assert public_url({"THROUGHLINE_PUBLIC_URL": "https://district.example"}) == "https://district.example"
    with pytest.raises(LocalError, match="not a port: 70000"):
        listen_address({"THROUGHLINE_PORT": "70000"})
