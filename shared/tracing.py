"""What a piece of work, a request or a job, knows about itself and carries into logs, jobs and calls to peers.

One object in one context variable, filled in as more is known: the edge knows the request, the token check adds the
client and its district. It is the same object for everyone in the work, so the edge sees what was added further in.
Traces follow W3C Trace Context; whoever asks us is the parent, whomever we ask gets our span as theirs.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import time_ns
from typing import TYPE_CHECKING, NamedTuple, Self

from shared.clock import new_id_text

if TYPE_CHECKING:
    from shared.spans import Spans

# A later version of the standard may append fields; what stands here keeps its meaning.
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_SAMPLED = 0x01


class TraceParent(NamedTuple):
    """One span's place in a trace."""

    trace_id: str
    span_id: str
    is_sampled: bool = True

    @classmethod
    def make(cls) -> Self:
        random = os.urandom(24).hex()
        return cls(random[:32], random[32:])

    @classmethod
    def parse(cls, header: str) -> Self | None:
        """Read the header; what is not well formed is as good as absent, as the standard wants it."""
        match = _TRACEPARENT.fullmatch(header)
        if match is None or (match[1] == "00" and match[5]):
            return None
        return cls(match[2], match[3], bool(int(match[4], 16) & _SAMPLED))

    def child(self) -> Self:
        return self._replace(span_id=os.urandom(8).hex())

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.is_sampled else '00'}"


@dataclass(slots=True)
class Trail:
    request_id: str
    span: TraceParent
    parent: TraceParent | None = None
    district_id: str | None = None
    client_id: str | None = None
    job_id: str | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()  # that the answer gets besides its own


_current: ContextVar[Trail | None] = ContextVar("trail", default=None)
current_trail = _current.get
enter = _current.set
leave = _current.reset


def begin(traceparent: str | None = None, request_id: str | None = None) -> Trail:
    parent = TraceParent.parse(traceparent) if traceparent else None
    if request_id is None or not _REQUEST_ID.fullmatch(request_id):
        request_id = new_id_text()
    return Trail(request_id, parent.child() if parent else TraceParent.make(), parent)


def current_traceparent() -> str | None:
    trail = current_trail()
    return str(trail.span) if trail else None


def current_request_id() -> str | None:
    trail = current_trail()
    return trail.request_id if trail else None


def identify(*, district_id: object = None, client_id: object = None) -> None:
    """Say for whom the current work is done, once the token has told."""
    if trail := current_trail():
        trail.district_id = str(district_id) if district_id else trail.district_id
        trail.client_id = str(client_id) if client_id else trail.client_id


def outgoing() -> dict[str, str]:
    """Give the headers that a call to a peer carries."""
    trail = current_trail()
    return {"traceparent": str(trail.span), "x-request-id": trail.request_id} if trail else {}


@contextmanager
def bind(
    traceparent: str | None,
    request_id: str | None,
    *,
    name: str = "",
    job_id: object = None,
    district_id: object = None,
    spans: "Spans | None" = None,
) -> Iterator[Trail]:
    """Go on, as a job, with what a request began: its trace and its request id, in a span of the job's own."""
    trail = begin(traceparent, request_id)
    trail.job_id = str(job_id) if job_id else None
    trail.district_id = str(district_id) if district_id else None
    token = enter(trail)
    started = time_ns()
    failed = True
    try:
        yield trail
        failed = False
    finally:
        leave(token)
        if spans:
            spans.job(trail, name, started, time_ns(), failed=failed)


def open_spans(service: str, endpoint: str) -> "Spans | None":
    """Make the way out for spans, when a collector is set. Without one OpenTelemetry is not even imported (20 MB)."""
    if not endpoint:
        return None
    from shared.spans import Spans

    return Spans(service, endpoint)
