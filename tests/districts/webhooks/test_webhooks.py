"""Endpoints over HTTP, told by the worker's own loop, at a receiver that checks with the reference library."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from services.districts.webhooks import delivering
from shared.clock import new_id, now
from shared.database import Database
from shared.feed.events import Event
from shared.jobs.leases import NOBODY, Holder
from shared.testing.stack import District
from shared.units import emit
from tests.districts.webhooks.receiver import Receiver, receiving


async def add(http: httpx.AsyncClient, receiver: Receiver, **more: Any) -> dict[str, Any]:
    answer = await http.post("/v1/webhooks", json={"name": "warehouse", "url": receiver.url, **more})
    assert answer.status_code == 201, answer.text
    receiver.secret = receiver.secret or answer.json()["secret"]
    return dict(answer.json())


async def happen(district: District, *events: Event) -> None:
    async with district.stack.runtimes["coaching"].database.unit(district.id) as unit:
        for event in events:
            emit(unit, event)
    await district.stack.settle()


def changed(kind: str = "thing.changed", **data: Any) -> Event:
    return Event(kind, kind.partition(".")[0] + "s", new_id(), {"title": "a secret sentence", **data}, ("title",))


async def deliver(district: District) -> None:
    runtime = district.stack.runtimes["districts"]
    while await delivering.run_once(runtime):
        pass


async def sooner(district: District, webhook: dict[str, Any]) -> None:
    """Let what waits for a later try be due, as if the time had passed."""
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        for statement in (
            "update districts.webhook_deliveries set next_at = now() where webhook_id = $1 and state = 'pending'",
            "update districts.webhook_places set due_at = now(), paused_until = null where webhook_id = $1",
        ):
            await connection.execute(statement, UUID(webhook["id"]))


async def deliveries(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await http.get("/v1/webhook-deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def etag(http: httpx.AsyncClient, webhook: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": (await http.get(f"/v1/webhooks/{webhook['id']}")).headers["ETag"]}


async def act(http: httpx.AsyncClient, webhook: dict[str, Any], verb: str, body: Any = None) -> httpx.Response:
    return await http.post(f"/v1/webhooks/{webhook['id']}/{verb}", json=body, headers=await etag(http, webhook))


async def ping(http: httpx.AsyncClient, webhook: dict[str, Any]) -> None:
    answer = await act(http, webhook, "ping")
    assert answer.status_code == 202, answer.text


async def test_what_happens_is_told_once_signed_and_thin(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        await add(http, receiver, types=["thing.*"])
        event, other = changed(), changed("matter.changed")
        await happen(district, event, other)
        await deliver(district)
        await deliver(district)
        (message,) = receiver.got
        (done,) = await deliveries(http)
        told = (await http.get(message["data"]["event"])).json()
    assert message["type"] == "thing.changed"
    assert message["data"] | {"event": None} == {
        "entity": "things", "entity_id": str(event.id), "changed": ["title"], "count": 1, "purpose": None,
        "link": f"http://127.0.0.1:8000/v1/things/{event.id}", "event": None,
    }  # fmt: skip
    assert "secret sentence" not in str(message)
    assert (told["id"], told["entity_id"]) == (receiver.ids[0], str(event.id))
    assert (done["state"], done["attempts"], done["event_id"]) == ("delivered", 1, receiver.ids[0])


async def test_what_failed_is_tried_again_under_the_same_id(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        webhook = await add(http, receiver, types=["thing.changed"])
        await happen(district, changed())
        receiver.answers = [500, 302]
        for _ in range(3):
            await deliver(district)
            await sooner(district, webhook)
        (done,) = [it for it in await deliveries(http) if it["type"] == "thing.changed"]
        whole = (await http.get(f"/v1/webhook-deliveries/{done['id']}")).json()
    assert {i for i, kind in zip(receiver.ids, receiver.types(), strict=True) if kind == "thing.changed"} == {
        done["event_id"]
    }
    assert (done["state"], done["attempts"]) == ("delivered", 3)
    assert [attempt["status"] for attempt in whole["tried"]] == [500, 302, 204]
    assert whole["body"]["type"] == "thing.changed"


async def test_a_message_that_is_never_taken_becomes_a_dead_letter_and_can_be_sent_again(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        webhook = await add(http, receiver, types=["thing.changed"])
        await happen(district, changed())
        receiver.answers = [500] * 10
        for wait in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400):
            await deliver(district)
            (waits,) = await deliveries(http, state="pending", webhook_id=webhook["id"])
            seconds = (datetime.fromisoformat(waits["next_at"]) - now()).total_seconds()
            assert wait * 0.75 - 5 < seconds < wait * 1.21, "the schedule of the standard, a fifth more or less"
            await sooner(district, webhook)
        await deliver(district)
        (dead,) = await deliveries(http, state="dead", webhook_id=webhook["id"])
        assert (dead["attempts"], len(receiver.got)) == (10, 10)
        assert (await http.post(f"/v1/webhook-deliveries/{dead['id']}/retry")).status_code == 202
        await deliver(district)
        assert await deliveries(http, state="dead") == []
        assert len(set(receiver.ids)) == 1


async def test_410_disables_and_what_happened_meanwhile_is_told_when_it_is_back(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        webhook = await add(http, receiver, types=["thing.changed"])
        await happen(district, changed())
        receiver.answers = [410]
        await deliver(district)
        said = (await http.get(f"/v1/webhooks/{webhook['id']}")).json()
        assert (said["enabled"], said["disabled_reason"]) == (False, "gone")
        assert (await act(http, webhook, "ping")).status_code == 409
        await happen(district, changed(), changed())
        await deliver(district)
        assert len(receiver.got) == 1
        back = await act(http, webhook, "enable")
        assert (back.status_code, back.json()["enabled"]) == (200, True)
        await deliver(district)
        assert len(receiver.got) == 3
        kinds = [event["type"] for event in (await http.get("/v1/events", params={"limit": 100})).json()["data"]]
    assert kinds.count("webhook.disabled") == 1


async def test_a_replay_tells_again_under_the_same_ids(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        webhook = await add(http, receiver, types=["thing.changed"])
        since = now() - timedelta(minutes=1)
        await happen(district, *(changed() for _ in range(30)))
        await deliver(district)
        first = set(receiver.ids)
        assert (await act(http, webhook, "replay", {"since": since.isoformat()})).status_code == 202
        await deliver(district)
    assert len(first) == 30
    assert len(receiver.ids) == 60
    assert set(receiver.ids) == first


async def test_a_rotated_secret_leaves_the_receiver_a_day(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        webhook = await add(http, receiver, types=["thing.changed"])
        rotated = (await act(http, webhook, "rotate")).json()
        assert rotated["secret"].startswith("whsec_")
        assert rotated["secret"] != receiver.secret
        await ping(http, webhook)
        await deliver(district)  # the receiver still checks with the old one
        receiver.secret = rotated["secret"]
        await ping(http, webhook)
        await deliver(district)
        assert [it["state"] for it in await deliveries(http)] == ["delivered", "delivered"]
        assert all(len(signatures.split()) == 2 for signatures in receiver.signatures)
        shown = [await http.get(path) for path in ("/v1/webhooks", f"/v1/webhooks/{webhook['id']}", "/v1/events")]
        shown.append(await http.get("/v1/audit-events/districts"))
    assert not [it for it in shown if "whsec_" in it.text or receiver.secret[6:] in it.text]


async def test_a_slow_endpoint_delays_nobody(district: District) -> None:
    """Through the worker's loop: fourteen endpoints hang, the other has everything within seconds."""
    async with receiving() as slow, receiving() as quick, district.client() as http:
        await district.stack.settle()
        hanging = [await add(http, slow, types=["thing.changed"]) for _ in range(14)]
        slow.secrets = [one["secret"] for one in hanging]
        await add(http, quick, types=["thing.changed"])
        slow.hangs = 60
        loop = asyncio.create_task(delivering.run(district.stack.runtimes["districts"]))
        try:
            await happen(district, *(changed() for _ in range(40)))
            async with asyncio.timeout(15):
                await quick.has(40)
        finally:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop
        for one in hanging:  # no other test's deliveries shall try them again
            assert (await act(http, one, "archive")).status_code == 200
    assert len(slow.got) <= 14 * delivering.ABREAST


async def test_a_message_that_is_refused_keeps_to_its_schedule_while_others_arrive(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        await add(http, receiver, types=["thing.changed"])
        refused = changed()
        receiver.refuses = str(refused.id)
        for event in (refused, changed()):
            await happen(district, event)
            await deliver(district)
        assert len(receiver.got) == 2, "each once: the next try of the refused is after 5 seconds"
        (waits,) = await deliveries(http, state="pending")
    assert waits["attempts"] == 1


async def test_what_a_killed_worker_had_in_hand_is_free_for_the_next_on_its_seat(district: District) -> None:
    runtime = district.stack.runtimes["districts"]
    async with receiving() as receiver, district.client() as http:
        webhook = await add(http, receiver)
        await ping(http, webhook)
        one = Holder("one")
        assert await delivering._lease(runtime, district.id, UUID(webhook["id"]), one)
        for holder, is_free in ((one, False), (NOBODY, False), (Holder("two"), False), (Holder("one"), True)):
            assert (
                (district.id, UUID(webhook["id"])) in await delivering.due(runtime, 1000, holder, failing=False)
            ) is is_free
        async with delivering._client(runtime) as outgoing:
            await delivering.serve(runtime, outgoing, district.id, UUID(webhook["id"]), Holder("one"))
    assert receiver.types() == ["webhook_ping.sent"]


async def test_no_message_goes_where_the_operator_did_not_allow_it(district: District) -> None:
    async with district.client() as http:
        answer = await http.post("/v1/webhooks", json={"name": "inside", "url": "http://10.1.2.3/hook"})
        await ping(http, answer.json())
        await deliver(district)
        (tried,) = await deliveries(http)
        whole = (await http.get(f"/v1/webhook-deliveries/{tried['id']}")).json()
    assert [(it["status"], it["problem"]) for it in whole["tried"]] == [(None, "refused_address")]


async def test_purposes_choose_among_what_has_one(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        await add(http, receiver, types=["visit.*", "thing.*"], purposes=["walk"])
        kinds = [changed("visit.shared", purpose=it) for it in ("walk", "evaluation", "coaching")]
        await happen(district, *kinds, changed())
        await deliver(district)
    assert sorted(receiver.types()) == ["thing.changed", "visit.shared"]


async def test_nobody_else_sees_it(district: District, other_district: District) -> None:
    async with receiving() as receiver, district.client() as http, other_district.client() as other:
        webhook = await add(http, receiver)
        await ping(http, webhook)
        (one,) = await deliveries(http)
        for path in (f"/v1/webhooks/{webhook['id']}", f"/v1/webhook-deliveries/{one['id']}"):
            assert (await other.get(path)).status_code == 404
        assert (await other.get("/v1/webhooks")).json()["data"] == []
        assert await deliveries(other) == []
        assert (await other.post(f"/v1/webhook-deliveries/{one['id']}/retry")).status_code == 404


async def test_two_workers_send_nothing_twice(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        await add(http, receiver, types=["thing.changed"])
        await happen(district, *(changed() for _ in range(40)))
        await asyncio.gather(*(deliver(district) for _ in range(3)))
    assert len(receiver.ids) == len(set(receiver.ids)) == 40


async def test_a_worker_that_dies_after_sending_sends_again_and_loses_nothing(district: District) -> None:
    async with receiving() as receiver, district.client() as http:
        await district.stack.settle()
        webhook = await add(http, receiver, types=["thing.changed"])
        await happen(district, changed())
        runtime = district.stack.runtimes["districts"]
        receiver.hangs = 0.3
        async with delivering._client(runtime) as outgoing:
            turn = asyncio.create_task(delivering.serve(runtime, outgoing, district.id, UUID(webhook["id"])))
            await receiver.has(1)
            turn.cancel()  # what kill -9 does to what was not yet written down
            with suppress(asyncio.CancelledError):
                await turn
        receiver.hangs = 0
        await deliver(district)
        (done,) = await deliveries(http)
    assert done["state"] == "delivered"
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


async def test_an_outage_at_the_end_of_a_turn_leaves_the_lease_to_run_out(district: District) -> None:
    """Whoever is cancelled waits no longer for the end of its turn, so that nobody else would hear of the error."""
    nobody_listens = "postgresql://throughline_app@127.0.0.1:9/none"
    gone = await Database("districts", nobody_listens, nobody_listens).open()
    runtime = replace(district.stack.runtimes["districts"], database=gone)
    await delivering._release(runtime, district.id, new_id())
    await gone.close()
