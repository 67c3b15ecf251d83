"""Who may import whom, who may commit, and that no service needs another one's package to serve."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.settings import SERVICE_NAMES
from tests.architecture.house import NOWHERE, ROOT, Source, sources

ARQ = {"shared/jobs/queue.py", "bench/baselines.py"}  # the second measures bare arq against ours
MAY_NAME_MANY = {
    "services/all_in_one.py",
    "services/alone.py",
    "services/cli.py",
    "services/provision.py",
    "services/gateway.py",
    "services/showing.py",
    "services/up.py",
}
ALONE = """
import asyncio, sys
from importlib.abc import MetaPathFinder

class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith({blocked!r}):
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Blocked())
import httpx
from services.{service}.app import create_app

async def ask():
    app = create_app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://alone") as client:
        for path in ("/healthz", "/openapi.json"):
            answer = await client.get(path)
            assert answer.status_code == 200, (path, answer.status_code, answer.text)
        assert answer.json()["paths"], "an app without a route"

asyncio.run(ask())
"""


def imports_of(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def importers(package: str, among: tuple[Source, ...]) -> set[str]:
    return {s.path for s in among if any(name.split(".")[0] == package for name in imports_of(s))}


def committers(among: tuple[Source, ...]) -> set[str]:
    return {
        source.path
        for source in among
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }


def services_in(source: Source) -> set[str]:
    parts = [name.split(".") for name in imports_of(source)]
    return {p[1] for p in parts if p[0] == "services" and len(p) > 1 and p[1] in SERVICE_NAMES}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_import_contracts_of_pyproject_are_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert "services import each other never KEPT" in done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("services/coaching/goals.py", "import services.districts.people"),
        ("shared/clock.py", "from services import districts"),
    ],
)
def test_the_import_contracts_can_break(tmp_path: Path, path: str, line: str) -> None:
    for package in ("shared", "services", *(f"services/{name}" for name in SERVICE_NAMES)):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "services/districts/people.py").touch()
    (tmp_path / path).write_text(line + "\n")
    assert "BROKEN" in lint_imports(tmp_path).stdout


def test_only_the_modules_above_the_services_know_more_than_one() -> None:
    many = {source.path for source in sources("services") if len(services_in(source)) > 1}
    assert many <= MAY_NAME_MANY
    outside = {
        source.path
        for source in sources("services")
        if services_in(source) - {source.path.split("/")[1]} and source.path not in MAY_NAME_MANY
    }
    assert not outside


def test_arq_is_imported_by_one_file() -> None:
    assert importers("arq", sources("services", "shared", "bench", "demo")) <= ARQ


def test_nobody_commits_in_services() -> None:
    assert not committers(sources("services"))


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_serves_with_the_other_packages_blocked(service: str, tmp_path: Path) -> None:
    blocked = tuple(f"services.{name}" for name in SERVICE_NAMES if name != service)
    given = {"DATABASE_URL": NOWHERE, "RELAY_DATABASE_URL": NOWHERE, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(service=service, blocked=blocked)],
        cwd=tmp_path, env={**os.environ, **given}, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_these_checks_can_fail() -> None:
    bad = (Source("services/x.py", "import arq.jobs\nasync def f(s):\n    await s.commit()\n"),)
    assert importers("arq", bad) == {"services/x.py"}
    assert committers(bad) == {"services/x.py"}
    assert services_in(Source("x.py", "from services.coaching.goals import service\nimport services.districts")) == {
        "coaching",
        "districts",
    }
