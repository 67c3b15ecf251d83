"""What a body takes is what the document says: JSON Schema calls 2.0 an integer."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from shared.settings import SERVICE_NAMES
from shared.wire import Count, Wire, whole

BESIDE = {"metadata", "serialization", "config", "cls", "ref", "function"}


def bodies(above: type[Wire] = Wire) -> Iterator[type[Wire]]:
    for model in above.__subclasses__():
        yield model
        yield from bodies(model)


def narrow(schema: Any, where: tuple[str, ...] = (), *, told: bool = False) -> Iterator[tuple[str, ...]]:
    """Give where a whole number is asked for that 2.0 would not be; a model within is looked at by itself."""
    if isinstance(schema, list | tuple):
        for part in schema:
            yield from narrow(part, where, told=told)
    if not isinstance(schema, dict) or (schema.get("type") == "model" and where):
        return
    told = told or schema.get("function", {}).get("function") is whole
    if schema.get("type") == "int" and not told:
        yield where
    for name, part in schema.items():
        if name not in BESIDE:
            yield from narrow(part, where if name in {"schema", "fields"} else (*where, name), told=told)


def of(model: type[Wire]) -> list[str]:
    schema = model.__pydantic_core_schema__
    found = narrow(schema["schema"] if schema["type"] == "definitions" else schema)
    return [f"{model.__module__}.{model.__name__}: {'.'.join(where)}" for where in found]


def test_wherever_a_body_takes_a_whole_number_it_takes_2_0() -> None:
    for name in SERVICE_NAMES:
        import_module(f"services.{name}.app")
    ours = {model for model in bodies() if model.__module__.startswith(("services.", "shared."))}
    assert len(ours) > 100
    assert not [fault for model in ours for fault in of(model)]


def test_this_check_can_fail() -> None:
    class Strict(Wire):
        rooms: dict[str, int]
        seats: Count | None

    assert [fault.rpartition(": ")[2] for fault in of(Strict)] == ["rooms.values_schema"]
