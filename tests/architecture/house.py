"""What the checks look at: our source as syntax trees, and the four apps as they are served."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared import document
from shared.openapi import METHODS, Document
from shared.settings import SERVICE_NAMES, Settings

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "openapi.json"
NOWHERE = "postgresql://nobody@nowhere/none"


@dataclass(frozen=True)
class Source:
    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return self.text.count("\n")


@dataclass(frozen=True)
class Served:
    service: str
    route: APIRoute

    def __str__(self) -> str:
        return f"{','.join(sorted(self.route.methods or ()))} {self.route.path}"

    @property
    def is_internal(self) -> bool:
        return self.route.path.startswith("/internal/")

    @property
    def is_standard(self) -> bool:
        return self.route.path.startswith(document.STANDARDS)


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    said: Document

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def is_standard(self) -> bool:
        return self.path.startswith(document.STANDARDS)


@cache
def sources(*roots: str) -> tuple[Source, ...]:
    """Our own source, but migrations, which a machine writes."""
    paths = [path for root in roots for path in sorted((ROOT / root).rglob("*.py"))]
    return tuple(
        Source(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in paths
        if "migrations" not in path.parts
    )


def settings_class(service: str) -> type[Settings]:
    found: type[Settings] = getattr(import_module(f"services.{service}.settings"), f"{service.capitalize()}Settings")
    return found


@cache
def apps() -> dict[str, FastAPI]:
    """The four apps; they need no database before their lifespan begins."""
    made = {}
    for name in SERVICE_NAMES:
        settings = settings_class(name)(database_url=NOWHERE, relay_database_url=NOWHERE)
        made[name] = import_module(f"services.{name}.app").create_app(settings)
    return made


@cache
def served() -> tuple[Served, ...]:
    return tuple(Served(name, route) for name, app in apps().items() for route in document.routes_of(app))


@cache
def merged() -> Document:
    """The committed document. test_document.py holds it against the one that is served, which takes seconds to make."""
    found: Document = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return found


def operations() -> Iterator[Operation]:
    for path, item in merged()["paths"].items():
        for method in METHODS & item.keys():
            yield Operation(method, path, item[method])
