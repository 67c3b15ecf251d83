"""The gradebook of OneRoster 1.1: the same rows, in the members that the older release knows, on its base path."""

from collections.abc import Mapping
from typing import Any

from services.districts.gradebook.collections import GRADEBOOK_COLLECTIONS, GRADEBOOK_RELATIONS
from services.districts.oneroster.collections import Collection
from services.districts.oneroster.objects import BASE, parts
from services.districts.oneroster.presenting import Convert, Presentation
from services.districts.oneroster.v1p1 import V1P1

_OBJECTS = {
    "category": parts(f"{BASE} title*"),
    "lineItem": parts(
        f"{BASE} title* description assignDate*:instant dueDate*:instant class*:ref category*:ref gradingPeriod:ref"
        " resultValueMin:number resultValueMax:number"
    ),
    "result": parts(f"{BASE} lineItem*:ref student*:ref scoreStatus*:scoreStatus score:number scoreDate*:date comment"),
}


def _known(one: str) -> Convert:
    def convert(row: dict[str, Any]) -> dict[str, Any]:
        if "academicSession" in row:  # 1.1 has one word for both
            row = {"gradingPeriod": row["academicSession"], **row}
        return {name: value for name, value in row.items() if name in _OBJECTS[one]}

    return convert


def _served(collections: Mapping[str, Collection]) -> dict[str, Collection]:
    return {path: collection for path, collection in collections.items() if collection.one in _OBJECTS}


GRADEBOOK_V1P1 = Presentation(
    V1P1.prefix, _OBJECTS, schema_prefix="OneRosterV1P1", operation_prefix="oneroster_v1p1_gradebook_",
    is_lenient=True, converted={one: _known(one) for one in _OBJECTS}, takes_slashes=False,
)  # fmt: skip
V1P1_COLLECTIONS = _served(GRADEBOOK_COLLECTIONS)
V1P1_RELATIONS = _served(GRADEBOOK_RELATIONS)
