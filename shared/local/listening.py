"""The sockets that the API process is to serve, opened by its supervisor.

Whoever connects while the API process starts, or is started again, waits for it instead of being refused. A port that
is taken is known before anything else starts.
"""

import errno
import os
import socket
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from shared.local.children import LocalError

PUBLIC, INTERNAL = "THROUGHLINE_PUBLIC_SOCKET", "THROUGHLINE_INTERNAL_SOCKET"
_BACKLOG = 2048


def listen_public(host: str, port: int, patience: float = 2.0) -> socket.socket:
    deadline = time.monotonic() + patience
    while True:
        try:
            return _bound(host, port)
        except OSError as error:
            # The tree of a run that was killed just now may still be ending.
            if time.monotonic() > deadline or isinstance(error, socket.gaierror):
                raise LocalError(f"cannot listen on {host}:{port}: {error.strerror}{_hint(error)}") from error
            time.sleep(0.1)


def _hint(error: OSError) -> str:
    return "; choose another port with --port or THROUGHLINE_PORT" if error.errno == errno.EADDRINUSE else ""


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def listen_internal(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # we hold the data folder's lock, so nobody listens there
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(_BACKLOG)
    return listener


def inherited(name: str, environment: Mapping[str, str] = os.environ) -> socket.socket | None:
    """Give the listener that the supervisor handed down under this name."""
    number = environment.get(name)
    return None if number is None else socket.socket(fileno=int(number))


def is_ready(host: str, port: int, seconds: float) -> bool:
    """Whether the API that listens there says that all of it serves. Never by way of a proxy: it is this machine's."""
    connection = HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
