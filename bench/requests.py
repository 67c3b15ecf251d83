"""Lines 4, 11, 13 and 14: a batch, one service alone, ten times the data, and what access and audit cost."""

import subprocess
from dataclasses import replace
from pathlib import Path

import httpx
import orjson

from bench import processes
from bench.house import House, import_people, new_client
from bench.imports import MEGABYTE, Bound
from bench.lines import Line, Plan, measure_once, page_of, post_of, turns
from bench.load import Request
from bench.targets import TARGETS
from shared.clock import new_id

BATCH = 50
TABLETS = 8  # at once; more would wait for a connection of the pool, which is no part of the work
SMALLER = 10  # times


def line_4(house: House, plan: Plan) -> list[Line]:
    """Take turns at one observation for each request and fifty of them; both count observations."""
    many = batch_of(house)
    _check(house, many)
    plan = replace(plan, connections=min(plan.connections, TABLETS))
    one, batch = turns(
        house, plan, (post_of(house), house.api, house.postgres, 201), (many, house.api, house.postgres, 200)
    )
    each = replace(
        batch, per_second=batch.per_second * BATCH, app_us=batch.app_us / BATCH, postgres_us=batch.postgres_us / BATCH
    )
    return [Line(4, f"in batches of {BATCH}", one, each, TARGETS[4].first, TARGETS[4].goal)]


def batch_of(house: House) -> Request:
    """Make requests of fifty new observations each, under a key of their own."""
    mark = str(new_id())
    before, after = orjson.dumps(house.observation | {"id": mark}).split(mark.encode())
    headers = house.headers | {
        "Content-Type": "application/json", "Throughline-Person": house.observer, "Idempotency-Key": mark,
    }  # fmt: skip

    def body() -> bytes:
        items = (before + str(new_id()).encode() + after for _ in range(BATCH))
        return b'{"items":[' + b",".join(items) + b"]}"

    head = Request.of(house.port, "POST", "/v1/observations/batch", headers, body()).raw.partition(b"\r\n\r\n")[0]
    key = mark.encode()
    return Request(house.port, b"", fresh=lambda: head.replace(key, str(new_id()).encode(), 1) + b"\r\n\r\n" + body())


def _check(house: House, request: Request) -> None:
    """See that a batch does what is counted: fifty new observations."""
    with house.client() as client:
        answer = client.post(
            "/v1/observations/batch", content=request.next().partition(b"\r\n\r\n")[2],
            headers={"Content-Type": "application/json", "Throughline-Person": house.observer},
        ).raise_for_status()  # fmt: skip
    statuses = [item["status"] for item in answer.json()["data"]]
    if statuses != [201] * BATCH:
        raise RuntimeError(f"a batch of {BATCH} new observations answers {statuses}")


def line_13(house: House, plan: Plan) -> list[Bound]:
    """Take turns at the page of users in a district and in one of a tenth of its users."""
    headers = new_client(house.environment, house.port).headers()
    with httpx.Client(base_url=house.url, headers=headers, timeout=120) as client:
        import_people(client, house.users // SMALLER)
    small, large = turns(
        house, plan,
        (replace(page_of(house), raw=page_of(replace(house, headers=headers)).raw), house.api, house.postgres, 200),
        (page_of(house), house.api, house.postgres, 200),
    )  # fmt: skip
    cpu = tuple((side.app_us + side.postgres_us) / 1e6 for side in (small, large))
    target = TARGETS[13]
    return [
        Bound(13, f"page, {SMALLER} times the users", "ms", small.p50_ms, large.p50_ms, target.first, target.goal,
              (cpu[0], cpu[1]))
    ]  # fmt: skip


def line_14(house: House, plan: Plan, folder: Path) -> list[Line]:
    """Take turns at two API processes started alike, with and without access checks and audit rows."""
    made = []
    ports = (processes.free_port(), processes.free_port())
    log, given = folder / "line_14.log", house.environment
    with (
        processes.python("bench.unguarded", str(ports[0]), environment=given, log=log) as bare,
        processes.python("bench.unguarded", str(ports[1]), "guarded", environment=given, log=log) as ours,
    ):
        for served, port in ((bare, ports[0]), (ours, ports[1])):
            _ready(served, port, plan)
        for what, asked, status in (("page", page_of(house), 200), ("POST", post_of(house), 201)):
            without, with_ = (
                (replace(asked, port=port), [served.pid], house.postgres, status)
                for served, port in ((bare, ports[0]), (ours, ports[1]))
            )
            made.append(
                Line(
                    14,
                    f"access, audit: {what}",
                    *turns(house, plan, without, with_),
                    TARGETS[14].first,
                    TARGETS[14].goal,
                )
            )
    return made


def line_11_alone(house: House, plan: Plan, folder: Path) -> list[Bound]:
    """Serve one service by itself, as a container does, and load it; read the most that it held."""
    made = []
    for service, asked, status in (("districts", page_of(house), 200), ("observations", post_of(house), 201)):
        port = processes.free_port()
        words = ("services.cli", "serve", service, "--port", str(port))
        with processes.python(*words, environment=house.environment, log=folder / f"{service}.log") as alone:
            _ready(alone, port, plan)
            with house.workers_resting():
                for _ in range(2):
                    measure_once(replace(asked, port=port), plan, [alone.pid], house.postgres, status)
            most = processes.peak_bytes(alone.pid) / MEGABYTE
        made.append(Bound(11, f"memory, {service} alone", "MB", None, most, TARGETS[11].first, TARGETS[11].goal))
    return made


def _ready(served: subprocess.Popen[bytes], port: int, plan: Plan) -> None:
    processes.wait_listening(port, served)
    if plan.cores:
        processes.pin([served.pid], plan.cores[0])
