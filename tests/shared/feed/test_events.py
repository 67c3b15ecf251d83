from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import new_id
from shared.feed.events import BATCH_LIMIT, Event, parse, render

NOW = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)


def rendered(event: Event) -> dict:
    return orjson.loads(render("observations", event, new_id(), NOW, new_id()))


def test_it_is_a_cloudevent():
    district, event_id, observation = new_id(), new_id(), new_id()
    event = Event("observation.shared", "observations", observation, {"score": 3}, ("shared_at",))
    assert orjson.loads(render("observations", event, district, NOW, event_id)) == {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/observations",
        "type": "observation.shared",
        "subject": f"observations/{observation}",
        "time": "2026-03-04T05:06:07.089000Z",
        "datacontenttype": "application/json",
        "district": str(district),
        "changed": ["shared_at"],
        "data": {"score": 3},
    }


def test_state_keeps_its_exact_values():
    data = {"on": date(2026, 1, 2), "at": NOW, "share": Decimal("0.10"), "ids": frozenset({"b", "a"}), "none": None}
    told = rendered(Event("x.made", "xs", new_id(), data))["data"]
    assert told == {
        "on": "2026-01-02",
        "at": "2026-03-04T05:06:07.089000Z",
        "share": "0.10",
        "ids": ["a", "b"],
        "none": None,
    }


def test_what_is_not_data_is_refused():
    with pytest.raises(TypeError):
        rendered(Event("x.made", "xs", new_id(), {"who": object()}))


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=4), st.integers(1, 2**62))
def test_a_subscriber_reads_what_was_said(data, position):
    district, event_id, entity = new_id(), new_id(), new_id()
    text = render("observations", Event("x.made", "xs", entity, data, ("a", "b")), district, NOW, event_id)
    event = parse(orjson.loads(f'{{"position":{position},{text[1:]}'))
    assert (event.position, event.id, event.district_id, event.entity, event.entity_id) == (
        position, str(event_id), district, "xs", entity,
    )  # fmt: skip
    assert (event.time, event.data, event.changed, event.is_batch) == (NOW, data, ("a", "b"), False)


def test_a_batch_names_ids_and_is_its_own_entity():
    ids = [new_id() for _ in range(BATCH_LIMIT)]
    told = rendered(Event.batch("people", ids))
    assert (told["type"], told["subject"], told["data"]) == (
        "people.batch_changed",
        "people",
        {"ids": [*map(str, ids)]},
    )
    event = parse(told | {"position": 1})
    assert (event.entity, str(event.entity_id), event.is_batch) == ("people", told["id"], True)
    with pytest.raises(ValueError, match="1000"):
        Event.batch("people", [*ids, new_id()])
