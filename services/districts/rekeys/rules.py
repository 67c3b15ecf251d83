"""Who is whom after a SIS renumbered everybody: people who went and people who came, matched by what did not change.

A master identifier says it best, then the identifier (a staff or student number), then the e-mail address. A match is
proposed only where nothing speaks against it: the value names one of the gone and one of the new, no stronger key
differs, and no other key says that it was somebody else. An e-mail address alone is not enough: schools hand theirs on
(`principal@`), so a name has to agree too. What is left out stays what it is: a leaver and a joiner.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MASTER, IDENTIFIER, EMAIL = "user_master_identifier", "identifier", "email"
KEYS = (MASTER, IDENTIFIER, EMAIL)  # the strongest first
NAMES = ("given_name", "family_name")


@dataclass(frozen=True, slots=True)
class Known:
    """What a source says of one person, under one sourcedId."""

    sourced_id: str
    given_name: str = ""
    family_name: str = ""
    user_master_identifier: str | None = None
    identifier: str | None = None
    email: str | None = None

    def value(self, key: str) -> str | None:
        return (getattr(self, key) or "").strip(" ").lower() or None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The person known as `old` is the one who now comes as `new`; `keys` say so, the strongest first."""

    old: str
    new: str
    keys: tuple[str, ...]


def propose(gone: Iterable[Known], new: Iterable[Known]) -> list[Proposal]:
    """Propose whom the new sourcedIds mean, in the order of the old ones. Nobody is proposed twice."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    before, after = list(gone), list(new)
    for key in KEYS:
        for old, other in _alike(before, after, key):
            if _may_be(old, other, key):
                pairs[old.sourced_id, other.sourced_id].append(key)
    olds, others = _times(old for old, _ in pairs), _times(other for _, other in pairs)
    return [
        Proposal(old, other, tuple(keys))
        for (old, other), keys in sorted(pairs.items())
        if olds[old] == 1 and others[other] == 1
    ]


def _alike(gone: list[Known], new: list[Known], key: str) -> Iterator[tuple[Known, Known]]:
    """Pair those whom a value of this key names alone, on either side."""
    before, after = _alone(gone, key), _alone(new, key)
    return ((before[value], after[value]) for value in before.keys() & after.keys())


def _alone(people: list[Known], key: str) -> dict[str, Known]:
    found: dict[str, list[Known]] = defaultdict(list)
    for person in people:
        if (value := person.value(key)) is not None:
            found[value].append(person)
    return {value: those[0] for value, those in found.items() if len(those) == 1}


def _may_be(old: Known, other: Known, key: str) -> bool:
    stronger = KEYS[: KEYS.index(key)]
    if any(_differ(old.value(name), other.value(name)) for name in stronger):
        return False
    return key != EMAIL or any(old.value(name) and old.value(name) == other.value(name) for name in NAMES)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _times(values: Iterable[str]) -> dict[str, int]:
    times: dict[str, int] = defaultdict(int)
    for value in values:
        times[value] += 1
    return times
