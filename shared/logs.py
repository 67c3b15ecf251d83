"""Logs: one JSON object a line on stderr (stdout is for a command's answer), or lines for people on a terminal.

Each line carries the ids of the work it came from. What a log must never hold are bodies, tokens and names: values
under telling keys are withheld, and of an exception stay its class, its place and the first line of its message without
the values in quotes, because drivers and validators like to repeat the row they refused.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import IO, Any, BinaryIO, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.clock import now
from shared.tracing import current_trail

WITHHELD = frozenset({
    "authorization", "cookie", "headers", "password", "secret", "client_secret", "service_key",
    "token", "access_token", "id_token", "subject_token",
    "body", "content", "given_name", "family_name", "email",
})  # fmt: skip
# Their INFO lines repeat ours, and hold whole addresses with their queries.
_CHATTY = ("httpx", "httpcore", "uvicorn.access", "arq")
_QUOTED = re.compile(r"'[^']*'")
_LONGEST_MESSAGE = 300


class _Spared:
    """A stream whose disk may be full: a line is then not written, and what it tells of goes on."""

    def __init__(self, out: IO[Any]) -> None:
        self._out = out

    def write(self, text: Any) -> int:
        with suppress(OSError):
            return self._out.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._out.flush()


def configure(level: str = "INFO", *, json: bool = True, stream: TextIO | None = None) -> None:
    """Send structlog's, the standard library's and uvicorn's logs the same way. Once, where a process starts."""
    out = stream or sys.stderr
    kept = cast("TextIO", _Spared(out))
    raw = cast("BinaryIO", _Spared(out.buffer)) if hasattr(out, "buffer") else None
    for_people = not json or out.isatty()
    steps: list[Processor] = [structlog.stdlib.add_log_level, _add_time, _add_ids, _withhold, _add_exception]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*steps, _for_people() if for_people else _as_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(kept) if for_people else structlog.BytesLoggerFactory(raw),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *steps],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _for_people() if for_people else _as_text,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # start uvicorn with log_config=None to keep it so
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def _add_time(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["at"] = now().isoformat(timespec="milliseconds")
    return event


def _add_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    trail = current_trail()
    if trail is None:
        return event
    event["request_id"] = trail.request_id
    event["trace_id"] = trail.span.trace_id
    if trail.district_id:
        event["district_id"] = trail.district_id
    if trail.client_id:
        event["client_id"] = trail.client_id
    if trail.job_id:
        event["job_id"] = trail.job_id
    return event


def _withhold(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in WITHHELD.intersection(event):
        event[key] = "(withheld)"
    return event


def _add_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    elif isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event["exception"] = describe(raised)
    return event


def describe(error: BaseException) -> str:
    """Tell an exception, the root cause first, in words that are safe to keep."""
    told: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        frames = [f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(link.__traceback__)]
        told.append("\n".join([f"{type(link).__name__}: {_message(link)}", *frames]))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n".join(reversed(told))


def _message(error: BaseException) -> str:
    first_line = str(error).partition("\n")[0]
    return _QUOTED.sub("'…'", first_line)[:_LONGEST_MESSAGE]


def _as_bytes(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def _as_text(logger: WrappedLogger, method: str, event: MutableMapping[str, Any]) -> str:
    return _as_bytes(logger, method, event).decode()


def _for_people() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=structlog.dev.plain_traceback)
