import asyncio
import subprocess
import sys

import pytest

from shared import tracing
from shared.tracing import TraceParent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_header_is_read_and_written_back():
    parsed = TraceParent.parse(PARENT)
    assert parsed == TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", is_sampled=True)
    assert str(parsed) == PARENT
    assert str(TraceParent.parse(PARENT[:-2] + "00")).endswith("-00")


def test_a_later_version_may_say_more():
    assert TraceParent.parse("cc" + PARENT[2:] + "-what-the-future-will-be-like") is not None
    assert TraceParent.parse("cc" + PARENT[2:] + ".what") is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        "ff" + PARENT[2:],
        PARENT.upper(),
        PARENT + "-more",
        PARENT + "\n",
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
    ],
)
def test_a_header_that_is_not_well_formed_starts_a_new_trace(header):
    assert TraceParent.parse(header) is None
    trail = tracing.begin(header)
    assert trail.parent is None
    assert TraceParent.parse(str(trail.span)) == trail.span


def test_a_child_stays_in_the_trace():
    parent = TraceParent.parse(PARENT)
    assert parent is not None
    child = parent.child()
    assert child.trace_id == parent.trace_id
    assert child.span_id != parent.span_id
    assert not TraceParent.parse(PARENT[:-2] + "00").child().is_sampled


@pytest.mark.parametrize("given", [None, "", "with space", "x" * 129, "line\nbreak", "ümlaut"])
def test_a_request_id_that_could_harm_a_log_is_replaced(given):
    made = tracing.begin(None, given).request_id
    assert made != given
    assert len(made) == 36


def test_a_job_goes_on_with_the_trace_and_the_id_of_its_request():
    with tracing.bind(PARENT, "order-7"):
        in_request = tracing.current_traceparent()
    with tracing.bind(in_request, "order-7", job_id="j1", district_id="d1") as trail:
        assert tracing.current_request_id() == "order-7"
        assert trail.parent is not None
        assert str(trail.parent) == in_request
        assert tracing.outgoing() == {"traceparent": str(trail.span), "x-request-id": "order-7"}
    assert tracing.current_traceparent() is None
    assert tracing.outgoing() == {}


async def test_works_side_by_side_do_not_mix():
    async def work(name: str) -> str | None:
        with tracing.bind(None, name):
            await asyncio.sleep(0.001)
            tracing.identify(client_id=name)
            await asyncio.sleep(0.001)
            trail = tracing.current_trail()
            return trail.client_id if trail else None

    names = [f"r{number}" for number in range(20)]
    assert await asyncio.gather(*map(work, names)) == names


def test_without_a_collector_opentelemetry_is_not_imported():
    code = (
        "import sys; from shared import edge, tracing; assert tracing.open_spans('x', '') is None; "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
