"""The environment that all processes of one data folder share: the supervisor's children and commands beside them."""

import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from shared.local.archive import server_settings
from shared.local.children import LocalError
from shared.local.servers import EmbeddedServers

DEFAULT_DATA_DIR = ".throughline"
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
SERVICES = ("districts", "observations", "coaching", "analytics")
_DATABASE_URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "RELAY_DATABASE_URL")


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("THROUGHLINE_DATA_DIR") or DEFAULT_DATA_DIR).resolve()


def servers_for(home: Path, environment: Mapping[str, str] = os.environ) -> EmbeddedServers:
    """The servers that the environment does not name already."""
    return EmbeddedServers(
        home,
        postgres=not _has_own_database(environment),
        redis=not _given(environment, "REDIS_URL"),
        durable=environment.get("THROUGHLINE_FSYNC", "on") != "off",
        postgres_settings=server_settings(environment),
    )


def environment_for(home: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What is set already stays; the rest points into the data folder."""
    servers = EmbeddedServers(home)
    derived = {"THROUGHLINE_SERVICE_KEY": service_key(servers.home), "REDIS_URL": servers.urls.redis_url}
    if not _has_own_database(environment):
        derived |= {
            "DATABASE_URL": servers.urls.database_url,
            "MIGRATION_DATABASE_URL": servers.urls.migration_database_url,
            "RELAY_DATABASE_URL": servers.urls.relay_database_url,
        }
    derived["THROUGHLINE_PUBLIC_URL"] = public_url(environment)
    derived |= {f"THROUGHLINE_{name.upper()}_URL": f"unix://{internal_socket(servers)}" for name in SERVICES}
    kept = {name: value for name, value in environment.items() if value}
    return derived | kept | {"THROUGHLINE_DATA_DIR": str(servers.home)}


def listen_address(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    host, port = (
        environment.get("THROUGHLINE_HOST") or DEFAULT_HOST,
        environment.get("THROUGHLINE_PORT") or DEFAULT_PORT,
    )
    if not str(port).isdecimal() or not 0 < int(port) < 2**16:
        raise LocalError(f"THROUGHLINE_PORT is not a port: {port}")
    return host, int(port)


def public_url(environment: Mapping[str, str] = os.environ) -> str:
    """How clients on this machine reach us, unless a setting knows better."""
    host, port = local_address(environment)
    return environment.get("THROUGHLINE_PUBLIC_URL") or f"http://{f'[{host}]' if ':' in host else host}:{port}"


def local_address(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Where this machine reaches what listens."""
    host, port = listen_address(environment)
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


def address_file(home: Path) -> Path:
    """Where a running `up` says how to reach it."""
    return home / "address"


def internal_socket(servers: EmbeddedServers) -> Path:
    """Where services ask each other; a socket in a private folder, so that /internal has no public address at all."""
    return servers.sockets / "internal.sock"


def service_key(home: Path) -> str:
    """The folder's own shared secret."""
    return _made_once(home / "service.key")


def worker_seat(home: Path) -> str:
    """The name under which this folder's worker leases jobs. Only the folder's supervisor may hand it out."""
    return f"{socket.gethostname()}-{_made_once(home / 'worker.seat')}"


def _made_once(path: Path) -> str:
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(path)
        return path.read_text()
    except OSError as error:
        raise LocalError(f"cannot use the data folder {path.parent}: {error.strerror}") from error


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(32))
    try:
        path.hardlink_to(draft)  # unlike a rename it never replaces the key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _has_own_database(environment: Mapping[str, str]) -> bool:
    missing = [name for name in _DATABASE_URLS if not _given(environment, name)]
    if len(missing) == len(_DATABASE_URLS):
        return False
    if missing:
        raise LocalError(f"a database of your own needs all three roles: set {' and '.join(missing)} too")
    return True


def _given(environment: Mapping[str, str], name: str) -> bool:
    return bool(environment.get(name) or environment.get(f"THROUGHLINE_{name}"))
