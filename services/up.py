"""`throughline up`: the supervisor and what it starts. No application code is imported here, so none can take it down.

An API process for the four services, a worker process for their four queues, PostgreSQL and Redis.
"""

import sys

from shared.local.children import LocalError
from shared.local.environment import (
    address_file,
    data_folder,
    environment_for,
    listen_address,
    public_url,
    servers_for,
)
from shared.local.supervisor import Supervisor, python_child, refuse_taken_port, say


def main() -> int:
    home = data_folder()
    try:
        servers = servers_for(home)
        servers.lock.acquire()
        refuse_taken_port(*listen_address())
    except LocalError as error:
        say(str(error))
        return 1
    environment = environment_for(home)
    address_file(home).write_text(public_url(environment))
    supervisor = Supervisor(
        servers,
        first=[python_child("migrate", "services.cli", "migrate", run=home, environment=environment)],
        children=[
            python_child("api", "services.all_in_one", run=home, environment=environment),
            python_child("worker", "services.cli", "work", "all", run=home, environment=environment),
        ],
    )
    try:
        return supervisor.run()
    finally:
        address_file(home).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
