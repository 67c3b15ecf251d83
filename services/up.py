"""`throughline up`: the supervisor and what it starts. No application code is imported here, so none can take it down.

An API process for the four services, a worker process for their four queues, PostgreSQL and Redis.
"""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.local.archive import archive_folder, prepare
from shared.local.children import LocalError
from shared.local.environment import (
    address_file,
    data_folder,
    environment_for,
    internal_socket,
    listen_address,
    local_address,
    public_url,
    servers_for,
    worker_seat,
)
from shared.local.listening import INTERNAL, PUBLIC, is_ready, listen_internal, listen_public
from shared.local.postgres import private_folder
from shared.local.servers import EmbeddedServers
from shared.local.supervisor import Supervisor, python_child, say


def main() -> int:
    try:
        servers = servers_for(data_folder())
        servers.lock.acquire()
        if archive := archive_folder():
            prepare(servers, archive)
        address_file(servers.home).unlink(missing_ok=True)  # of one that was killed
        environment = environment_for(servers.home)
        private_folder(servers.sockets)
        public, internal = listen_public(*listen_address()), listen_internal(internal_socket(servers))
    except LocalError as error:
        say(str(error))
        return 1
    address_file(servers.home).write_text(public_url(environment))
    print(f"Throughline starts on {servers.home}; what follows is its log.", flush=True)
    try:
        return supervisor_of(servers, environment, public, internal).run()
    finally:
        address_file(servers.home).unlink(missing_ok=True)


def supervisor_of(
    servers: EmbeddedServers, environment: Mapping[str, str], public: socket.socket, internal: socket.socket
) -> Supervisor:
    home = servers.home
    listeners = {PUBLIC: str(public.fileno()), INTERNAL: str(internal.fileno())}
    api = python_child("api", "services.all_in_one", home=home, environment={**environment, **listeners})
    api.keeps = (public.fileno(), internal.fileno())
    seat = {"THROUGHLINE_WORKER_SEAT": worker_seat(home)}  # we start one worker, and the next when it has ended
    worker = python_child("worker", "services.cli", "work", "all", home=home, environment={**environment, **seat})
    return Supervisor(
        servers,
        first=[python_child("migrate", "services.cli", "migrate", home=home, environment=environment)],
        children=[api, worker],
        listeners=[public, internal],
        sockets=[internal_socket(servers)],
        announce=lambda: announce(home, public_url(environment)),
    )


def announce(home: Path, address: str) -> bool:
    """Say where it serves, in plain words among the lines of its log, as soon as it does."""
    if not is_ready(*local_address(), seconds=1):
        return False
    print(
        f"\nThroughline serves at {address} until Ctrl-C; its data are in {home}.\n"
        f"  every operation            {address}/docs\n"
        f"  whether every part serves  {address}/readyz\n"
        "  a district and a caller    docs/first-ten-requests.md\n",
        flush=True,
    )
    return True


if __name__ == "__main__":
    sys.exit(main())
