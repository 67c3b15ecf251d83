from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shared import tracing
from shared.tracing import open_spans

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(HTTPServer):
    """As much of an OpenTelemetry collector as a sender can see."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.exports: list[ExportTraceServiceRequest] = []
        self.paths: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self):
        return {
            span.name: (span, {a.key: a.value.string_value or a.value.int_value for a in span.attributes}, resource)
            for export in self.exports
            for group in export.resource_spans
            for resource in [{a.key: a.value.string_value for a in group.resource.attributes}]
            for scope in group.scope_spans
            for span in scope.spans
        }


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.paths.add(self.path)
        self.server.exports.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_requests_span_has_the_ids_that_its_logs_have(collector):
    spans = open_spans("observations", collector.url)
    trail = tracing.begin(PARENT, "order-7")
    trail.client_id = "c1"
    spans.request(trail, "GET", "/v1/observations/{id}", 200, 1_000, 3_000)
    spans.flush()
    span, attributes, resource = collector.spans["GET /v1/observations/{id}"]
    assert collector.paths == {"/v1/traces"}
    assert span.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert span.parent_span_id.hex() == "b7ad6b7169203331"
    assert span.span_id.hex() == trail.span.span_id
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (1_000, 3_000)
    assert attributes["http.response.status_code"] == 200
    assert attributes["throughline.request_id"] == "order-7"
    assert attributes["throughline.client_id"] == "c1"
    assert resource["service.name"] == "observations"


def test_a_job_is_a_child_of_the_request_that_asked_for_it(collector):
    spans = open_spans("districts", f"{collector.url}/v1/traces")
    trail = tracing.begin()
    spans.request(trail, "POST", "/v1/roster-imports", 202, 1, 2)
    with (
        pytest.raises(KeyError),
        tracing.bind(str(trail.span), trail.request_id, name="imports.apply", job_id="j1", spans=spans),
    ):
        raise KeyError
    spans.flush()
    request, _, _ = collector.spans["POST /v1/roster-imports"]
    job, attributes, _ = collector.spans["imports.apply"]
    assert job.trace_id == request.trace_id
    assert job.parent_span_id == request.span_id
    assert attributes["throughline.job_id"] == "j1"
    assert job.status.code == job.status.STATUS_CODE_ERROR
    assert request.status.code == request.status.STATUS_CODE_UNSET


def test_who_asks_for_no_trace_gets_none(collector):
    spans = open_spans("districts", collector.url)
    spans.request(tracing.begin(PARENT[:-2] + "00"), "GET", "/x", 200, 1, 2)
    spans.flush()
    assert collector.spans == {}
