"""What changed from one version of a framework to another, part by part, with the old and the new wording. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.observations.frameworks.schemas import PartKind

PARENT = "parent_id"
_OF_LEVELS = ("label", "descriptor", "critical_attributes")
_NOT_WORDS = {"id", "domains", "components", "indicators", "levels"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part by itself: its members, a level's under its ordinal, and the part that it hangs on."""

    kind: PartKind
    id: str
    members: Mapping[str, Any]

    @property
    def named(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "code": self.members["code"], "title": self.members["title"]}


@dataclass(frozen=True, slots=True)
class Change:
    member: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Difference:
    added: tuple[Part, ...]
    removed: tuple[Part, ...]
    changed: tuple[tuple[Part, tuple[Change, ...]], ...]


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Compare two contents by the ids of their parts. An id that became another kind of part is gone and new."""
    before, after = parts_of(old), parts_of(new)
    both = [key for key in after if key in before]
    changes = ((after[key], tuple(_changes(before[key].members, after[key].members))) for key in both)
    return Difference(
        added=tuple(part for key, part in after.items() if key not in before),
        removed=tuple(part for key, part in before.items() if key not in after),
        changed=tuple((part, found) for part, found in changes if found),
    )


def parts_of(content: Mapping[str, Any]) -> dict[tuple[PartKind, str], Part]:
    return {(part.kind, part.id): part for part in _parts(content)}


def _parts(content: Mapping[str, Any]) -> Iterator[Part]:
    for domain in content["domains"]:
        yield _part(PartKind.DOMAIN, domain, None)
        for component in domain["components"]:
            yield _part(PartKind.COMPONENT, component, domain["id"])
            for indicator in component["indicators"]:
                yield _part(PartKind.INDICATOR, indicator, component["id"])
    for look_for in content["look_fors"]:
        yield _part(PartKind.LOOK_FOR, look_for, None)


def _part(kind: PartKind, said: Mapping[str, Any], parent: str | None) -> Part:
    members = {name: value for name, value in said.items() if name not in _NOT_WORDS} | {PARENT: parent}
    for level in said.get("levels", ()):
        members |= {f"levels.{level['ordinal']}.{name}": level[name] for name in _OF_LEVELS}
    return Part(kind, said["id"], members)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield Change(name, old.get(name), new.get(name))
