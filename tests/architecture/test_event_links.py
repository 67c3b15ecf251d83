"""The link of an event leads somewhere: for each entity that our code announces there is a resource, read by its id."""

import ast
import re
from collections.abc import Iterator

from services.districts.event_log.links import WITHOUT_ADDRESS
from tests.architecture import house


def announced() -> Iterator[str]:
    """Find `announce(unit, <type>, "entity", ...)` and `Event(<type>, "entity", ...)`, positional or by name."""
    for source in house.sources("services"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"announce", "Event"}:
                position = 2 if node.func.id == "announce" else 1
                given = [k.value for k in node.keywords if k.arg == "entity"] or node.args[position : position + 1]
                yield from (value.value for value in given if isinstance(value, ast.Constant))


def test_every_event_has_an_address() -> None:
    entities = set(announced())
    assert len(entities) > 10
    read = {re.sub(r"{.*?}", "{}", op.path) for op in house.operations() if op.method == "get"}
    missing = {entity for entity in entities if f"/v1/{entity.replace('_', '-')}/{{}}" not in read}
    assert missing == WITHOUT_ADDRESS
