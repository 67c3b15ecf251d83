"""Files that come again as they were, beside others that changed: nothing in them is read.

A bulk file is settled once it is applied with no row rejected, no reference that may resolve one day and no row twice:
whatever the other files say, reading it again would change nothing. It is known again by a fingerprint of its packed
bytes, which cost next to nothing to look at, and of how its columns are read, so that a newer release reads it anew.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.districts.roster_imports.applying import Counts
from services.districts.roster_imports.archive import Archive
from services.districts.roster_imports.files import BULK
from services.districts.roster_imports.planning import EntityPlan
from services.districts.roster_imports.targets import TARGETS


@dataclass(frozen=True, slots=True)
class Before:
    """What the import that was applied last left behind: settled files by fingerprint, and what came of each file."""

    is_comparable: bool = True  # it was of the same version of OneRoster, or there was none
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)


def fingerprint(archive: Archive, name: str) -> str:
    """Name a file's bytes as they are packed: what is packed the same is the same."""
    found = hashlib.sha256()
    for target in (TARGETS[name], TARGETS["roles"]):  # which 1.1 keeps in its users
        read_as = (target.shape.columns, target.fields, target.checks, target.joins, target.hashed)
        found.update(repr((archive.version, read_as)).encode())
    for piece in archive.packed(name):
        found.update(piece)
    return found.hexdigest()


def fingerprints(archive: Archive) -> dict[str, str]:
    """Name the bulk files. A delta settles nothing."""
    return {name: fingerprint(archive, name) for name, mode in archive.modes.items() if mode == BULK}


def come_again(found: Mapping[str, str], before: Before) -> dict[str, EntityPlan]:
    """Give what is to say of the settled files that came again; of the roles in 1.1's users, too."""
    again: dict[str, EntityPlan] = {}
    for name, mark in found.items():
        if before.fingerprints.get(name) == mark and name in before.files:
            again[name] = _unchanged(before.files[name])
            if name == "users" and before.files.get("roles", {}).get("mode") == "derived":
                again["roles"] = _unchanged(before.files["roles"])
    return again


def _unchanged(told: Mapping[str, Any]) -> EntityPlan:
    return EntityPlan(told["mode"], Counts(told["rows"], unchanged=told["new"] + told["changed"] + told["unchanged"]))


def left_behind(found: Mapping[str, str], before: Before, settled: set[str], read: set[str]) -> dict[str, str]:
    """Give the fingerprints of the files that are settled now; of those that were not there as they were before."""
    kept = {name: mark for name, mark in before.fingerprints.items() if name not in read and name not in found}
    return kept | {name: mark for name, mark in found.items() if name in settled}
