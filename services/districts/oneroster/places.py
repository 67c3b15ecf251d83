"""What a process remembers of collections: how many rows they have, and after which id a page begins.

Each is worth as much as the version of the roster that stands with it. A key is a district, a path, parents, a filter.
"""

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Key = tuple[Any, ...]
ZERO = UUID(int=0)
_KEYS = 1000
_PLACES = 1000


@dataclass(slots=True)
class Known:
    version: int
    total: int
    offsets: list[int] = field(default_factory=list)  # in order
    ids: list[UUID] = field(default_factory=list)

    def has(self, offset: int) -> bool:
        at = bisect_right(self.offsets, offset)
        return at > 0 and self.offsets[at - 1] == offset

    def keep(self, offset: int, after: UUID) -> None:
        if offset == 0 or self.has(offset):
            return
        at = bisect_right(self.offsets, offset)
        self.offsets.insert(at, offset)
        self.ids.insert(at, after)
        if len(self.offsets) > _PLACES:  # every other place serves nearly as well
            del self.offsets[::2], self.ids[::2]


@dataclass(slots=True)
class Memory:
    known: "OrderedDict[Key, Known]" = field(default_factory=OrderedDict)

    def knows(self, key: Key, offset: int, after: UUID | None) -> bool:
        """Say whether a page can be read without a look at the version and the total before."""
        found = self.known.get(key)
        return found is not None and (offset == 0 or after is not None or found.has(offset))

    def total(self, key: Key, version: int | None = None) -> int | None:
        found = self.known.get(key)
        return None if found is None or version not in {None, found.version} else found.total

    def keep_total(self, key: Key, version: int, total: int) -> None:
        self.known[key] = Known(version, total)
        self.known.move_to_end(key)
        if len(self.known) > _KEYS:
            self.known.popitem(last=False)

    def place(self, key: Key, offset: int) -> tuple[int, UUID]:
        """Give the nearest known beginning of a page that is not past this offset."""
        found = self.known.get(key)
        at = bisect_right(found.offsets, offset) if found else 0
        return (found.offsets[at - 1], found.ids[at - 1]) if found and at else (0, ZERO)

    def keep_place(self, key: Key, version: int, offset: int, after: UUID) -> None:
        found = self.known.get(key)
        if found is not None and found.version == version:
            found.keep(offset, after)
