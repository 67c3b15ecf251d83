import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared import logs, tracing


class Terminal(io.TextIOWrapper):
    def __init__(self, *, is_tty: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self._is_tty = is_tty

    def isatty(self) -> bool:
        return self._is_tty

    @property
    def text(self) -> str:
        return self.buffer.getvalue().decode()

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**before)


@pytest.fixture
def out() -> Terminal:
    stream = Terminal()
    logs.configure("INFO", stream=stream)
    return stream


def test_a_line_carries_the_ids_of_its_work(out):
    with tracing.bind(None, "order-7", job_id="j1", district_id="d1") as trail:
        tracing.identify(client_id="c1")
        structlog.get_logger().info("observation.shared", count=3)
    (line,) = out.lines
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "event": "observation.shared",
        "level": "info",
        "count": 3,
        "request_id": "order-7",
        "trace_id": trail.span.trace_id,
        "district_id": "d1",
        "client_id": "c1",
        "job_id": "j1",
    }


def test_the_standard_library_and_uvicorn_speak_the_same(out):
    with tracing.bind(None, "order-7"):
        logging.getLogger("uvicorn.error").warning("%s slow", "quite")
    (line,) = out.lines
    assert (line["event"], line["level"], line["logger"]) == ("quite slow", "warning", "uvicorn.error")
    assert line["request_id"] == "order-7"


def test_addresses_with_queries_are_not_repeated_by_libraries(out):
    for name in ("httpx", "uvicorn.access"):
        logging.getLogger(name).info("GET /v1/people?email=ada@example.org")
    assert out.lines == []


def test_the_level_counts_for_both_kinds(out):
    structlog.get_logger().debug("quiet")
    logging.getLogger("x").debug("quiet")
    assert out.lines == []


def test_what_a_log_must_not_hold_is_withheld(out):
    structlog.get_logger().info("signed in", token="eyJ", email="ada@example.org", body=b"{}", count=1)
    assert "eyJ" not in out.text
    assert "ada" not in out.text
    assert out.lines[0]["count"] == 1


def refuse() -> None:
    raise ValueError("invalid value 'Ada Lovelace'\nDETAIL: Key (email)=(ada@example.org) already exists")


@pytest.mark.parametrize("speaker", [structlog.get_logger, lambda: logging.getLogger("x")])
def test_an_exception_says_where_and_what_but_not_whose(out, speaker):
    try:
        try:
            refuse()
        except ValueError as error:
            raise RuntimeError("the import stopped") from error
    except RuntimeError:
        speaker().exception("import.failed")
    (line,) = out.lines
    assert line["event"] == "import.failed"
    root, outer = line["exception"].index("ValueError"), line["exception"].index("RuntimeError: the import stopped")
    assert root < outer
    assert "in refuse" in line["exception"]
    assert "ada" not in line["exception"].lower()


def test_people_at_a_terminal_get_lines_for_people():
    terminal = Terminal(is_tty=True)
    logs.configure("INFO", stream=terminal)
    structlog.get_logger().info("ready", port=8000)
    logging.getLogger("uvicorn.error").info("started")
    try:
        refuse()
    except ValueError:
        structlog.get_logger().exception("import.failed")
    assert "ready" in terminal.text
    assert "in refuse" in terminal.text
    assert "Ada" not in terminal.text
    assert "started" in terminal.text
    assert not terminal.text.startswith("{")
