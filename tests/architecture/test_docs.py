"""The docs say what is so: every setting with its default, every event, every verb; and their links lead somewhere."""

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.settings import SERVICE_NAMES, Settings
from tests.architecture.house import ROOT, Source, settings_class, sources

ROW = re.compile(r"^\| `([^`]+)` \|([^|]*)\| [^|]+ \|$", re.MULTILINE)
EVENT = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| [^|]+ \|$", re.MULTILINE)
VERB = re.compile(r"^([a-z]+):.*##", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
TELLERS = {"announce", "Event", "_tell", "correct", "withdraw"}
LOOKED_AT = re.compile(r"\.(viewed|listed|downloaded|exported)$")  # what the audit log says of somebody who looked


def documented_settings(text: str) -> dict[str, dict[str, str]]:
    """Give each section's names with their defaults."""
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {s.splitlines()[0]: {name: default.strip().strip("`") for name, default in ROW.findall(s)} for s in sections}


def settings_of(cls: type[Settings], *, without: Iterable[str] = ()) -> dict[str, str]:
    return {
        name.upper(): written(field.default) for name, field in cls.model_fields.items() if name not in set(without)
    }


def written(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return json.dumps(default) if isinstance(default, bool) else str(default)


def told(among: Iterable[Source]) -> tuple[set[str], set[str]]:
    """Give the event types that stand in the code as such, and the beginnings of those that are put together."""
    whole, begun = set(), set()
    for source in among:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _name(node.func) in TELLERS:
                arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
                whole |= {a.value for a in arguments if isinstance(a, ast.Constant) and _is_type(a.value)}
            if isinstance(node, ast.JoinedStr | ast.BinOp) and (beginning := _beginning(node)):
                begun.add(beginning)
    return whole, begun


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _beginning(node: ast.JoinedStr | ast.BinOp) -> str | None:
    """Read `x.` in f"x.{verb}" and in "x." + verb."""
    first = node.left if isinstance(node, ast.BinOp) else node.values[0]
    text = str(first.value) if isinstance(first, ast.Constant) else ""
    return text if re.fullmatch(r"[a-z_]+\.", text) else None


def _is_type(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", value) is not None


def literals(among: Iterable[Source]) -> set[str]:
    return {n.value for s in among for n in ast.walk(s.tree) if isinstance(n, ast.Constant) and _is_type(n.value)}


def dead_links(path: Path, text: str) -> list[str]:
    return [target for target, _ in LINK.findall(text) if target and not (path.parent / target).exists()]


def dead_anchors(path: Path, text: str) -> list[str]:
    found = []
    for target, anchor in LINK.findall(text):
        there = path.parent / target if target else path
        if anchor and there.suffix == ".md" and there.exists() and anchor not in anchors(there.read_text("utf-8")):
            found.append(f"{target}#{anchor}")
    return found


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


BATCHED = ("people", "orgs", "relationships", "terms", "courses", "classes", "enrollments")


def ours() -> list[Source]:
    return [s for s in sources("services", "shared") if not s.path.startswith("shared/testing/")]


def documented_events() -> set[str]:
    return set(EVENT.findall((ROOT / "docs" / "events.md").read_text("utf-8")))


def test_every_setting_is_documented_with_its_default() -> None:
    sections = documented_settings((ROOT / "docs" / "settings.md").read_text("utf-8"))
    assert sections["Of every service"] == settings_of(Settings)
    for service in SERVICE_NAMES:
        own = settings_of(settings_class(service), without=Settings.model_fields)
        title = next(title for title in sections if title.startswith(f"Of {service} "))
        assert sections[title] == own, title


def test_a_service_has_at_most_forty_settings() -> None:
    assert all(len(settings_class(service).model_fields) <= 40 for service in SERVICE_NAMES)


def test_every_event_is_documented() -> None:
    whole, _ = told(ours())
    documented = documented_events()
    assert len(whole) > 20
    assert not whole - documented
    nouns = {kind.split(".")[0] + "." for kind in documented} - {"audit."}
    spoken = {kind for kind in literals(sources("services")) if kind.split(".")[0] + "." in nouns}
    assert not {kind for kind in spoken - documented if not LOOKED_AT.search(kind)}


def test_every_documented_event_exists() -> None:
    whole, begun = told(ours())
    known = whole | literals(sources("services"))
    batched = {f"{entity}.batch_changed" for entity in BATCHED}
    left = documented_events() - known - batched
    assert not {kind for kind in left if kind.split(".")[0] + "." not in begun}


def test_every_verb_is_documented() -> None:
    verbs = set(VERB.findall((ROOT / "Makefile").read_text("utf-8")))
    documented = set(re.findall(r"^\| `make ([a-z]+)` \|", (ROOT / "docs" / "run.md").read_text("utf-8"), re.MULTILINE))
    assert verbs == documented
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == verbs
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert not {verb for verb in verbs if f"`{verb}`" not in contributing and f"make {verb}" not in contributing}


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not dead_links(path, text)
    assert not dead_anchors(path, text)


def test_these_checks_can_fail(tmp_path: Path) -> None:
    text = "## Of every service\n\n| name | default | what |\n|---|---|---|\n| `POOL_SIZE` | `9` | wrong |\n"
    assert documented_settings(text) == {"Of every service": {"POOL_SIZE": "9"}}
    assert settings_of(Settings)["POOL_SIZE"] == "8"
    code = 'announce(unit, "x.done", "xs", row, {}, ())\nEvent(type="y.made")\nkind = f"z.{verb}"\n'
    assert told([Source("x.py", code)]) == ({"x.done", "y.made"}, {"z."})
    page = tmp_path / "page.md"
    page.write_text("# One heading\n")
    assert dead_links(page, "[a](gone.md) [b](page.md) [c](https://example.org)") == ["gone.md"]
    assert dead_anchors(page, "[a](page.md#one-heading) [b](#other)") == ["#other"]
