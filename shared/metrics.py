"""What Prometheus reads at /metrics: one registry for each process, whichever services it runs.

Labels come from small fixed sets only (route templates, states, our own services), never from a request's values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from shared.clock import now

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_REQUESTS = Histogram(
    "throughline_request_duration_seconds",
    "Requests answered and how long each took; `operation` is the route's template.",
    ["service", "operation", "status"],
    registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_JOBS = Gauge(
    "throughline_jobs",
    "Jobs by state: queued ones wait for a worker, later ones are put off or planned for an hour to come.",
    ["service", "state"],
    registry=REGISTRY,
)
_FEED_BACKLOG = Gauge(
    "throughline_feed_backlog", "Events that a subscriber has not applied, at most.", ["subscriber", "publisher"],
    registry=REGISTRY,
)  # fmt: skip
_REDIS_FAILURES = Counter(
    "throughline_redis_failures", "Times that Redis was needed and did not answer.", ["use"], registry=REGISTRY
)
_READ_AUDIT_FAILURES = Counter(
    "throughline_read_audit_failures", "Times that audit rows of reads could not be written, and wait.", ["service"],
    registry=REGISTRY,
)  # fmt: skip


@dataclass(slots=True)
class InFlight:
    """How many requests of a service are being answered. A number costs less to count in than a gauge and its lock."""

    count: int = 0


class _InFlight(Collector):
    def __init__(self) -> None:
        self.services: dict[str, InFlight] = {}

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily("throughline_requests_in_flight", "Requests being answered.", labels=["service"])
        for service, requests in list(self.services.items()):
            family.add_metric([service], requests.count)
        yield family


class _Age(Collector):
    """Computed when it is read, so that what stands still is seen to fall behind."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._name, self._documentation, self._labels = name, documentation, labels
        self.oldest: dict[tuple[str, ...], datetime | None] = {}
        REGISTRY.register(self)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._documentation, labels=self._labels)
        moment = now()
        for labels, oldest in list(self.oldest.items()):
            age = max(0.0, (moment - oldest).total_seconds()) if oldest else 0.0
            family.add_metric(list(labels), age)
        yield family


_FEED_LAG = _Age(
    "throughline_feed_lag_seconds",
    "Age of the oldest event that a subscriber has not applied; 0 when it has applied all.",
    ("subscriber", "publisher"),
)
_JOB_WAITS = _Age(
    "throughline_job_waiting_seconds",
    "For how long the oldest job has waited for a worker; 0 when none waits.",
    ("service",),
)
_IN_FLIGHT = _InFlight()
REGISTRY.register(_IN_FLIGHT)


def duration_of(service: str, operation: str, status: str) -> Callable[[float], None]:
    """Give the function that notes one duration. Looking it up costs more than calling it, so keep it."""
    return _REQUESTS.labels(service, operation, status).observe


def in_flight(service: str) -> InFlight:
    """Give what all apps of this service in the process count in."""
    return _IN_FLIGHT.services.setdefault(service, InFlight())


def jobs_are(service: str, by_state: Mapping[str, int]) -> None:
    for state, count in by_state.items():
        _JOBS.labels(service, state).set(count)


def job_waits_since(service: str, oldest: datetime | None) -> None:
    """Note since when the oldest job waits that could be begun; None when there is none."""
    _JOB_WAITS.oldest[service,] = oldest


def feed_waits(subscriber: str, publisher: str, events: int, oldest: datetime | None) -> None:
    """Note how many events are not applied yet, and the time of the oldest; None when there is none."""
    _FEED_BACKLOG.labels(subscriber, publisher).set(events)
    _FEED_LAG.oldest[subscriber, publisher] = oldest


def redis_failed(use: str) -> None:
    _REDIS_FAILURES.labels(use).inc()


def read_audits_failed(service: str) -> None:
    _READ_AUDIT_FAILURES.labels(service).inc()


def render() -> bytes:
    return generate_latest(REGISTRY)


async def metrics_page(_request: Request) -> Response:
    return Response(render(), media_type=CONTENT_TYPE_LATEST)
