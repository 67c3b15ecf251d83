from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from shared import clock, metrics


class Named(Collector):
    """What the process counts by one name: to write and read all of it is slow, and earlier tests asked for much."""

    def __init__(self, name: str) -> None:
        self.name = name

    def collect(self) -> Iterable[Metric]:
        return [family for family in metrics.REGISTRY.collect() if self.name.startswith(family.name)]


def samples(name: str, **labels: str) -> list[float]:
    registry = CollectorRegistry()
    registry.register(Named(name))
    return [
        sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


def test_requests_are_counted_and_timed_by_what_was_asked_for():
    note = metrics.duration_of("s1", "GET /v1/x/{id}", "200")
    note(0.004)
    note(0.3)
    labels = {"service": "s1", "operation": "GET /v1/x/{id}", "status": "200"}
    assert samples("throughline_request_duration_seconds_count", **labels) == [2]
    assert samples("throughline_request_duration_seconds_bucket", **labels, le="0.005") == [1]


def test_jobs_are_told_by_state():
    metrics.jobs_are("s1", {"queued": 3, "running": 1})
    metrics.jobs_are("s1", {"queued": 0, "running": 2})
    assert samples("throughline_jobs", service="s1", state="queued") == [0]
    assert samples("throughline_jobs", service="s1", state="running") == [2]


def test_a_job_that_nobody_begins_is_seen_to_wait():
    metrics.job_waits_since("s1", clock.now() - timedelta(seconds=45))
    (waits,) = samples("throughline_job_waiting_seconds", service="s1")
    assert 45 <= waits < 50
    metrics.job_waits_since("s1", None)
    assert samples("throughline_job_waiting_seconds", service="s1") == [0]


def test_a_subscriber_that_stands_still_is_seen_to_fall_behind():
    metrics.feed_waits("analytics", "observations", 7, clock.now() - timedelta(seconds=90))
    metrics.feed_waits("analytics", "districts", 0, None)
    assert samples("throughline_feed_backlog", subscriber="analytics", publisher="observations") == [7]
    (behind,) = samples("throughline_feed_lag_seconds", subscriber="analytics", publisher="observations")
    assert 90 <= behind < 95
    assert samples("throughline_feed_lag_seconds", subscriber="analytics", publisher="districts") == [0]


async def test_the_page_says_what_it_is():
    page = await metrics.metrics_page(None)
    assert page.headers["content-type"].startswith("text/plain; version=1.0.0")
    assert b"process_resident_memory_bytes" in page.body
