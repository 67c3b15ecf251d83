"""The check of events at the end of a run can fail (shared/testing/promises.py)."""

from typing import Any

from shared.clock import new_id
from shared.contracts.coaching import VisionState
from shared.testing.promises import ONLY_NAMED, PROMISED, faults
from tests.architecture.test_event_links import announced


def event(kind: str, entity: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "subject": f"{entity}/{new_id()}", "data": data}


def test_an_event_carries_what_is_promised_and_nothing_else() -> None:
    vision = VisionState(id=new_id(), version=1, archived=False, org_id=new_id(), statement="All read", domains=["A"])
    data = vision.model_dump(mode="json")
    assert faults(event("vision.changed", "visions", data)) == []
    assert faults(event("vision.changed", "visions", data | {"note": "secret"})) == [
        "vision.changed carries note, which is not promised"
    ]
    del data["domains"]
    assert faults(event("vision.changed", "visions", data))[0] == "vision.changed lacks domains"
    assert faults(event("people.batch_changed", "people", {"ids": []})) == []
    assert faults(event("people.batch_changed", "people", {"ids": [], "names": []})) == [
        "people.batch_changed carries ['ids', 'names'], not ids alone"
    ]


def test_all_that_is_told_of_is_promised_or_only_named() -> None:
    assert not PROMISED.keys() & ONLY_NAMED
    assert {entity.replace("_", "-") for entity in announced()} <= PROMISED.keys() | ONLY_NAMED
