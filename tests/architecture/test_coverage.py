"""docs/coverage.md claims only what is there: each id once, what it names exists, its counts are true."""

import ast
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COVERAGE = ROOT / "docs" / "coverage.md"
LAST = {"A": 9, "B": 7, "C": 26, "D": 17, "E": 10}
IDS = {f"{part}{number}" for part, last in LAST.items() for number in range(1, last + 1)} | {"C22b"}
HEADER = re.compile(r"^\*\*(\d+) of (\d+) shown, (\d+) partly, (\d+) planned\.\*\*$", re.MULTILINE)
OPERATION = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`\s]*)`")
TEST = re.compile(r"`(tests/[^`\s]+\.py(?:::\w+)+)`")


@dataclass(frozen=True)
class Row:
    id: str
    asks: str
    operations: tuple[str, ...]
    tests: tuple[str, ...]
    status: str


def rows_of(text: str) -> list[Row]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    assert cells[0] == ["id", "what it asks", "operations", "tests", "status"]
    return [
        Row(id_, asks, names(OPERATION, operations), names(TEST, tests), status)
        for id_, asks, operations, tests, status in cells[2:]
    ]


def names(pattern: re.Pattern[str], cell: str) -> tuple[str, ...]:
    """The names in a cell, which may hold nothing else: a name with a typing error must not pass as prose."""
    left = pattern.sub("", cell).replace("<br>", "").strip(" ,")
    assert not left, f"not understood: {left}"
    return tuple(pattern.findall(cell))


def faults_of(row: Row) -> list[str]:
    if row.status == "planned":
        return ["planned, yet it names something"] if row.operations or row.tests else []
    if row.status not in {"shown", "partly"}:
        return [f"unknown status {row.status}"]
    return [f"{row.status} without {what}" for what in ("operations", "tests") if not getattr(row, what)]


def unknown_operations(row: Row, document: Mapping[str, Mapping[str, object]]) -> list[str]:
    known = {f"{method.upper()} {path}" for path, item in document.items() for method in item}
    return [operation for operation in row.operations if operation not in known]


def unknown_tests(row: Row) -> list[str]:
    return [name for name in row.tests if not is_a_test(name)]


def is_a_test(name: str) -> bool:
    path, *parts = name.split("::")
    if not (ROOT / path).is_file() or not parts[-1].startswith("test_"):
        return False
    body = ast.parse((ROOT / path).read_text()).body
    for part in parts:
        found = [
            node
            for node in body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == part
        ]
        if not found:
            return False
        body = found[0].body
    return True


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return rows_of(COVERAGE.read_text())


def test_every_requirement_has_exactly_one_row(rows):
    assert len(IDS) == 70
    assert Counter(row.id for row in rows) == Counter(IDS)
    assert all(row.asks for row in rows)


def test_the_counts_in_the_first_line_are_true(rows):
    states = Counter(row.status for row in rows)
    stated = HEADER.findall(COVERAGE.read_text())
    print(f"coverage: {states['shown']} of {len(rows)} shown, {states['partly']} partly, {states['planned']} planned")  # noqa: T201
    assert stated == [tuple(str(n) for n in (states["shown"], len(rows), states["partly"], states["planned"]))]


def test_a_row_names_operations_and_tests_or_is_planned(rows):
    assert {row.id: faults_of(row) for row in rows if faults_of(row)} == {}


def test_every_operation_named_is_in_the_openapi_document(rows):
    claiming = [row for row in rows if row.operations]
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"] if claiming else {}
    assert {row.id: unknown_operations(row, document) for row in claiming if unknown_operations(row, document)} == {}


def test_every_test_named_exists(rows):
    assert {row.id: unknown_tests(row) for row in rows if unknown_tests(row)} == {}


def test_the_checks_themselves_find_what_is_wrong():
    here = "tests/architecture/test_coverage.py"
    header = "| id | what it asks | operations | tests | status |\n|---|---|---|---|---|\n"
    proofs = f"`{here}::test_every_test_named_exists`<br>`{here}::test_gone`<br>`{here}::rows_of`"
    line = f"| A1 | asks | `GET /v1/a`<br>`PUT /v1/a` | {proofs} | shown |"
    [row] = rows_of(header + line)
    assert faults_of(row) == []
    assert unknown_operations(row, {"/v1/a": {"get": {}}}) == ["PUT /v1/a"]
    assert unknown_tests(row) == [f"{here}::test_gone", f"{here}::rows_of"]
    assert faults_of(Row("A1", "asks", (), (), "partly")) == ["partly without operations", "partly without tests"]
    assert faults_of(Row("A1", "asks", ("GET /v1/a",), (), "planned")) == ["planned, yet it names something"]
    assert faults_of(Row("A1", "asks", (), (), "done")) == ["unknown status done"]
    with pytest.raises(AssertionError, match="not understood: GET v1/a"):
        names(OPERATION, "GET v1/a")
