"""Spans of requests and jobs, to an OpenTelemetry collector by OTLP/HTTP. Imported only when a collector is set.

A span is written down once, when its work has ended, under the ids that `shared.tracing` gave it at the start: so work
costs the same with and without a collector, and the ids in logs are the ids in the collector.
"""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from shared.tracing import TraceParent, Trail

PATH = "/v1/traces"
SERVER_ERROR = 500


class _GivenIds(IdGenerator):
    """Hands the SDK the ids that the work already has."""

    span: TraceParent

    def generate_span_id(self) -> int:
        return int(self.span.span_id, 16)

    def generate_trace_id(self) -> int:
        return int(self.span.trace_id, 16)


class Spans:
    def __init__(self, service: str, endpoint: str) -> None:
        base = endpoint.rstrip("/").removesuffix(PATH)
        self._ids = _GivenIds()
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: service, SERVICE_NAMESPACE: "throughline"}),
            id_generator=self._ids,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(base + PATH)))
        self._tracer = self._provider.get_tracer("throughline")

    def request(self, trail: Trail, method: str, route: str, status: int, started: int, ended: int) -> None:
        attributes: dict[str, str | int] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
        name = f"{method} {route}"
        self._write(trail, name, SpanKind.SERVER, attributes, started, ended, failed=status >= SERVER_ERROR)

    def job(self, trail: Trail, name: str, started: int, ended: int, *, failed: bool) -> None:
        self._write(trail, name, SpanKind.CONSUMER, {"throughline.job.name": name}, started, ended, failed=failed)

    def flush(self) -> None:
        """Send what is left. Blocks for as long as the collector takes, so call it off the event loop."""
        self._provider.force_flush()

    def _write(
        self,
        trail: Trail,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, str | int],
        started: int,
        ended: int,
        *,
        failed: bool,
    ) -> None:
        known = {
            "throughline.request_id": trail.request_id,
            "throughline.district_id": trail.district_id,
            "throughline.client_id": trail.client_id,
            "throughline.job_id": trail.job_id,
        }
        self._ids.span = trail.span
        span = self._tracer.start_span(
            name,
            context=_context_of(trail.parent),
            kind=kind,
            attributes={**attributes, **{key: value for key, value in known.items() if value}},
            start_time=started,
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)


def _context_of(parent: TraceParent | None) -> Context:
    if parent is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if parent.is_sampled else TraceFlags.DEFAULT)
    there = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(there), Context())
