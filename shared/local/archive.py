"""Backups of the embedded PostgreSQL and of the files, and a data folder as it was at an instant, made from them.

    <archive>/wal      what PostgreSQL has written, segment by segment, since the setting names an archive
    <archive>/base     whole copies of the database, each by the instant at which it was begun
    <archive>/blobs    the files; a name is the hash of its content, so that one copy serves every instant

The database comes first, the files after it: a file is kept before the row that names it, so a copy of the files that
is younger than the rows has all that they name.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.local.children import LocalError
from shared.local.postgres import binaries
from shared.local.servers import EmbeddedServers

SETTING = "THROUGHLINE_ARCHIVE_DIR"
LONGEST_WAIT = "60"  # seconds after which a segment is archived though it is not full
_STAMP = "%Y%m%dT%H%M%SZ"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")


def archive_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    given = environment.get(SETTING)
    if not given:
        return None
    folder = Path(given).resolve()
    if set(str(folder)) - _PLAIN:
        raise LocalError(f"{SETTING} may hold letters, digits and /._- only: {folder}")
    return folder


def server_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Give what PostgreSQL needs to be told in order to archive; nothing without an archive."""
    folder = archive_folder(environment)
    if folder is None:
        return {}
    wal = folder / "wal"
    # One that is there already is fine if it is the same: PostgreSQL asks again after a crash. Never is one replaced.
    keep = f"if test -f {wal}/%f; then cmp -s %p {wal}/%f; else cp %p {wal}/%f.part && sync {wal}/%f.part && mv"
    return {
        "archive_mode": "on",
        "archive_command": f"{keep} {wal}/%f.part {wal}/%f; fi",
        "archive_timeout": LONGEST_WAIT,
    }


def prepare(servers: EmbeddedServers, archive: Path) -> None:
    """Make the folders; PostgreSQL's own account must be able to write the log's."""
    try:
        for folder in (archive, archive / "wal", archive / "base", archive / "blobs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.geteuid():
            uid = servers.postgres.account
            os.chown(archive / "wal", uid, uid)
    except OSError as error:
        raise LocalError(f"cannot use the archive {archive}: {error.strerror}") from error


def back_up(servers: EmbeddedServers, archive: Path, now: datetime, keep: timedelta) -> Path:
    """Copy the database as it runs, then the files that are new; forget what is older than `keep`."""
    prepare(servers, archive)
    base = archive / "base" / now.strftime(_STAMP)
    draft = base.with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    tools = binaries(servers.postgres.version)
    copy = ["-d", servers.urls.migration_database_url, "-D", str(draft), "-c", "fast", "--manifest-checksums=SHA256"]
    _call([str(tools / "pg_basebackup"), *copy])
    _verify(draft)
    draft.rename(base)
    for found, name in _files(servers.home / "blobs"):
        _copy(found, archive / "blobs" / name)
        os.utime(archive / "blobs" / name, (now.timestamp(), now.timestamp()))  # when it was last seen alive
    _forget(archive, tools, now - keep)
    return base


def restore(archive: Path, home: Path, at: datetime | None, then: Callable[[EmbeddedServers], None]) -> None:
    """Make a new data folder as it was `at` an instant, or as late as the archive goes; `then` is done to it first."""
    if home.exists() and any(home.iterdir()):
        raise LocalError(f"{home} is not empty: restore into a new folder")
    base = _base_before(archive, at)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(base, home / "pg")
    wal = shlex.quote(str(archive / "wal"))
    target = f"recovery_target_time = '{at.astimezone(UTC).isoformat()}'\n" if at else ""
    with (home / "pg" / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {wal}/%f %p'\nrecovery_target_action = 'promote'\n{target}")
    (home / "pg" / "recovery.signal").touch()
    for found, name in _files(archive / "blobs"):
        _copy(found, home / "blobs" / name)
    # A hot standby calls itself ready while it still reads the log, when nothing can be written yet.
    servers = EmbeddedServers(home, redis=False, postgres_settings={"hot_standby": "off"})
    if not os.geteuid():
        _open_for(archive / "wal", servers.postgres.account)
    with servers:  # it is ready when it has caught up with that instant
        then(servers)


def _base_before(archive: Path, at: datetime | None) -> Path:
    """Give the youngest copy that was finished before that instant: its log leads there."""
    latest = max((base for base in (archive / "base").glob("*Z") if at is None or _finished(base) <= at), default=None)
    if latest is None:
        raise LocalError(f"{archive} has no backup from before {at.isoformat() if at else 'now'}")
    return latest


def _finished(base: Path) -> datetime:
    return datetime.fromtimestamp((base / "backup_manifest").stat().st_mtime, UTC)


def _verify(base: Path) -> None:
    """Hold the copy against its manifest, as pg_verifybackup would: that of the wheel crashes."""
    for said in json.loads((base / "backup_manifest").read_text())["Files"]:
        with (base / said["Path"]).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != said["Checksum"]:
                raise LocalError(f"the copy is not whole: {said['Path']} differs from its manifest")


def _forget(archive: Path, tools: Path, before: datetime) -> None:
    """Drop what only older instants would need. The newest base stays whatever its age."""
    bases = sorted((archive / "base").glob("*Z"))
    kept = [base for base in bases if datetime.strptime(base.name, _STAMP).replace(tzinfo=UTC) >= before] or bases[-1:]
    for base in bases:
        if base not in kept:
            shutil.rmtree(base)
    label = (kept[0] / "backup_label").read_text()
    first = label.partition("(file ")[2].partition(")")[0]
    _call([str(tools / "pg_archivecleanup"), str(archive / "wal"), first])
    for found, _ in _files(archive / "blobs"):
        if found.stat().st_mtime < before.timestamp():
            found.unlink()


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    for found in folder.rglob("*"):
        if found.is_file():
            yield found, found.relative_to(folder)


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.part")
    try:
        shutil.copyfile(source, draft)
    except FileNotFoundError:  # erased meanwhile
        draft.unlink(missing_ok=True)
        return
    draft.rename(target)


def _open_for(folder: Path, account: int) -> None:
    os.chown(folder, account, account)
    for path in folder.iterdir():
        os.chown(path, account, account)


def _call(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"{Path(argv[0]).name}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
