"""One service by itself, as a container serves it. `throughline serve` becomes it: services.alone NAME HOST PORT."""

import sys
from importlib import import_module

from shared import heap

heap.leave_out_terminals()


def main() -> None:
    from services.provision import settings_of
    from shared.clock import put_off
    from shared.logs import configure
    from shared.serving import Server

    service, host, port = sys.argv[1:]
    settings = settings_of(service)
    put_off(settings.clock_offset)
    configure(settings.log_level, json=settings.log_json)
    served = import_module(f"services.{service}.app").create_app(settings)
    heap.settle()
    Server(served, host=host, port=int(port)).run()


if __name__ == "__main__":
    main()
