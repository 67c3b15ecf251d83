"""No file, function or route grows past what one can read at once, and nothing is named after nothing."""

import ast
from collections.abc import Iterator

from tests.architecture.house import Source, sources

FILE, FUNCTION, ROUTE = 400, 50, 10
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "common", "misc"}
VERBS = {"get", "put", "post", "patch", "delete"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def is_route(function: Function) -> bool:
    return any(
        isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) and d.func.attr in VERBS
        for d in function.decorator_list
    )


def body_length(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def faults(source: Source) -> list[str]:
    found = [f"{source.path} has {source.lines} lines"] if source.lines > FILE else []
    for function in functions(source):
        where = f"{source.path}:{function.lineno} {function.name}"
        if length(function) > FUNCTION:
            found.append(f"{where} has {length(function)} lines")
        if is_route(function) and body_length(function) > ROUTE:
            found.append(f"{where} is a route of {body_length(function)} lines")
    names = EMPTY_NAMES & set(source.path.removesuffix(".py").split("/"))
    return found + [f"{source.path} is named {name}" for name in sorted(names)]


def test_everything_can_be_read_at_once_and_says_what_it_is() -> None:
    found = [fault for source in sources("services", "shared", "bench", "demo") for fault in faults(source)]
    assert not found, "\n".join(found)


def test_tests_can_be_read_too() -> None:
    found = [f"{s.path} has {s.lines} lines" for s in sources("tests") if s.lines > FILE]
    assert not found, "\n".join(found)


def test_this_check_can_fail() -> None:
    route = "@router.get('/x')\nasync def f():\n    '''Doc.'''\n" + "    a()\n" * (ROUTE + 1)
    assert faults(Source("services/x/routes.py", route)) == [
        f"services/x/routes.py:2 f is a route of {ROUTE + 1} lines"
    ]
    long = "def f():\n" + "    a()\n" * FUNCTION
    assert faults(Source("x.py", long)) == [f"x.py:1 f has {FUNCTION + 1} lines"]
    assert faults(Source("x.py", "a = 1\n" * (FILE + 1))) == [f"x.py has {FILE + 1} lines"]
    assert faults(Source("shared/utils/x.py", "")) == ["shared/utils/x.py is named utils"]
