"""The deploy files, held against the code: nothing here starts a container, so nothing here may drift."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from services.all_in_one import prefixes_of
from services.cli import app
from services.gateway import nginx
from shared.settings import BARE, SERVICE_NAMES, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]
OURS = {name: one for name, one in CONTAINERS.items() if one.get("image") == "throughline"}
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def parsed(words: list[str]) -> str:
    """Parse a `throughline` command line as the command itself would, and give the command's name."""
    command = get_command(app)
    with command.make_context("throughline", [str(word) for word in words], resilient_parsing=False) as context:
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        found.make_context(name, list(rest), parent=context)
        return str(name)


def test_every_service_and_every_worker_has_a_container_of_its_own() -> None:
    commands = {tuple(one["command"][:2]) for one in OURS.values()}
    assert commands == {("migrate",), *(("serve", s) for s in SERVICE_NAMES), *(("work", s) for s in SERVICE_NAMES)}


@pytest.mark.parametrize("name", OURS)
def test_commands_and_health_checks_are_ones_that_the_command_takes(name: str) -> None:
    one = OURS[name]
    assert parsed(one["command"]) == one["command"][0]
    if name != "migrate":
        check = one["healthcheck"]["test"]
        assert check[:2] == ["CMD", "throughline"]
        part = {"serve": "api", "work": "worker"}[one["command"][0]]
        assert check[2:] == ["probe", part, one["command"][1]]
        assert parsed(check[2:]) == "probe"


def test_every_environment_name_is_a_setting() -> None:
    known = {name.upper() for name in BARE} | {f"THROUGHLINE_{name.upper()}" for name in Settings.model_fields}
    for one in OURS.values():
        assert set(one["environment"]) <= known
    image = set(re.findall(r"\b(THROUGHLINE_\w+)=", DOCKERFILE))
    assert image <= known


def test_every_value_that_compose_asks_for_is_in_the_sample() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "docker-compose.yml").read_text()))
    sample = (ROOT / "deploy" / "env.sample").read_text()
    given = {line.partition("=")[0] for line in sample.splitlines() if line and not line.startswith("#")}
    assert asked == given


def test_ports_agree_from_the_gateway_to_the_services() -> None:
    assert CONTAINERS["gateway"]["ports"] == ["8000:8000"]
    assert "listen 8000;" in nginx()
    assert "EXPOSE 8000" in DOCKERFILE
    for service in SERVICE_NAMES:
        command = OURS[service]["command"]
        assert command[command.index("--port") + 1] == "8000"
        for one in OURS.values():
            assert one["environment"][f"THROUGHLINE_{service.upper()}_URL"] == f"http://{service}:8000"


def test_the_gateways_routes_are_the_services_prefixes() -> None:
    assert (ROOT / "deploy" / "gateway" / "nginx.conf").read_text() == nginx(), "run `throughline gateway`"
    owners = re.findall(r"location ~ \^(\S+)\(/\|\$\) \{ set \$owner (\w+);", nginx())
    pairs = {(service, prefix) for service, prefixes in prefixes_of().items() for prefix in prefixes}
    assert {(owner, re.sub(r"\\(.)", r"\1", pattern)) for pattern, owner in owners} == {
        pair for pair in pairs if not pair[1].startswith("/internal")
    }
    assert "/internal" not in nginx()


def test_what_is_mounted_and_copied_exists() -> None:
    mounts = [v.partition(":")[0] for one in CONTAINERS.values() for v in one.get("volumes", [])]
    for source in mounts:
        assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), source
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, flags=re.MULTILINE):
        for source in shlex.split(line)[:-1]:
            assert (ROOT / source).exists(), source
    entry = re.search(r"^ENTRYPOINT \[\"(\w+)\"\]$", DOCKERFILE, flags=re.MULTILINE)
    assert entry is not None
    assert f'{entry[1]} = "services.cli:main"' in (ROOT / "pyproject.toml").read_text()


def test_whatever_waits_waits_for_something_that_can_be_healthy() -> None:
    for name, one in CONTAINERS.items():
        for other, how in one.get("depends_on", {}).items():
            condition = how["condition"]
            assert other in CONTAINERS, name
            if condition == "service_healthy":
                assert "healthcheck" in CONTAINERS[other]
            else:
                assert (condition, CONTAINERS[other]["restart"]) == ("service_completed_successfully", "no")
