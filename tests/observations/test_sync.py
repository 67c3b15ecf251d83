"""A tablet that was offline, and somebody who worked meanwhile: nothing is lost, and every order ends the same."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import new_id, now
from tests.observations.scenes import iso, ok, pointers, refused, step

STATES = ("scheduled", "in_progress", "submitted", "shared")


async def send(http, *items):
    return ok(await http.post("/v1/observations/batch", json={"items": list(items)}))["data"]


def saves_of(school, moves):
    """What a tablet saved of one observation, each save the whole of it: the state rises, notes come and go."""
    whole = school.visit(scheduled_at=iso(now() - timedelta(hours=2)))
    begun, state, saves = now().replace(microsecond=0) - timedelta(hours=1), 0, []
    for revision, (forward, lines) in enumerate(moves, 1):
        state = min(state + forward, len(STATES) - 1)
        said = whole | {"state": STATES[state], "device": "tablet-7", "revision": revision, "class_id": str(new_id())}
        if state == 0:
            said |= {"script": [], "scores": [], "look_fors": [], "feedback": None}
        else:
            said |= {"observed_at": iso(begun), "script": whole["script"][: max(lines, 1)], "feedback": None}
        if state >= 2:  # from here on only the feedback changes: what was submitted stays
            said |= {"submitted_at": iso(begun + timedelta(minutes=30)), "script": whole["script"], "class_id": None}
            said |= {"feedback": whole["feedback"]}
        if state == 3:
            said |= {"shared_at": iso(begun + timedelta(minutes=40))}
        saves.append(said)
    return saves


moves = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=5)
KEPT = ("state", "observed_at", "submitted_at", "shared_at", "class_id", "content")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(moves, min_size=1, max_size=3), data=st.data())
async def test_late_reordered_and_duplicated_batches_end_in_the_same_state(school, days, data):
    saves = [save for day in days for save in saves_of(school, day)]
    # The same saves once more under other ids: those come in order, once, and say how it should end.
    again = {save["id"]: str(new_id()) for save in saves}
    mixed = data.draw(st.permutations(saves + data.draw(st.lists(st.sampled_from(saves), max_size=6))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=3)))
    async with school.acting("principal") as http:
        for begin, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True):
            if mixed[begin:end]:
                outcomes = await send(http, *mixed[begin:end])
                assert {one["status"] for one in outcomes} <= {200, 201}, outcomes
        for save in saves:
            await send(http, save | {"id": again[save["id"]]})
        for one, other in again.items():
            rows = [ok(await http.get(f"/v1/observations/{id_}")) for id_ in (one, other)]
            assert [rows[0][name] for name in KEPT] == [rows[1][name] for name in KEPT]


async def test_fields_that_only_one_side_changed_are_merged(school):
    visit = school.visit(state="in_progress")
    klass = str(new_id())
    async with school.acting("principal") as http:
        await send(http, visit | {"device": "t", "revision": 1})
        path = f"/v1/observations/{visit['id']}"
        ok(await http.patch(path, json={"class_id": klass}, headers={"If-Match": '"1"'}))
        fewer = visit["scores"][:3]
        (outcome,) = await send(http, visit | {"device": "t", "revision": 2, "scores": fewer})
        assert (outcome["status"], outcome["version"]) == (200, 3)
        row = ok(await http.get(path))
    assert (row["class_id"], row["content"]["scores"]) == (klass, fewer)


async def test_a_conflict_names_the_fields_keeps_both_and_is_resolved(school):
    visit = school.visit(state="in_progress")
    path = f"/v1/observations/{visit['id']}"
    stored, sent = visit["scores"][:2], visit["scores"][:3]
    async with school.acting("principal") as http:
        await send(http, visit)
        ok(await http.patch(path, json={"scores": stored, "look_fors": []}, headers={"If-Match": '"1"'}))
        item = visit | {"scores": sent, "script": visit["script"][:2], "base_version": 1}
        (outcome,) = await send(http, item)
        assert (outcome["status"], outcome["problem"]["fields"]) == (409, ["scores"])
        (repeated,) = await send(http, item)
        assert repeated["conflict_id"] == outcome["conflict_id"]
        assert len(ok(await http.get(path))["content"]["script"]) == 5, "nothing of it was taken"
        (kept,) = ok(await http.get("/v1/observation-conflicts", params={"state": "open"}))["data"]
        script = {"base": visit["script"], "stored": visit["script"], "sent": visit["script"][:2]}
        assert kept["fields"] == [
            {"field": "scores", "base": visit["scores"], "stored": stored, "sent": sent, "choice": None},
            {"field": "script", "choice": None} | script,
        ]
        resolve = f"/v1/observation-conflicts/{kept['id']}/resolve"
        match = {"If-Match": '"1"'}
        wrong = refused(await http.post(resolve, json={"choices": {"lane": "sent"}}, headers=match), 422)
        assert pointers(wrong) == ["#/choices/lane", "#/choices"]
        done = ok(await http.post(resolve, json={"choices": {"scores": "sent"}}, headers=match))
        assert (done["state"], done["fields"][0]["choice"]) == ("resolved", "sent")
        assert ok(await http.post(resolve, json={"choices": {"scores": "sent"}}, headers=match))["version"] == 2
        refused(
            await http.post(resolve, json={"choices": {"scores": "stored"}}, headers=match), 409, "conflict-resolved"
        )
        assert ok(await http.get(path))["content"]["scores"] == sent
        assert ok(await http.get(path))["content"]["look_fors"] == []
        assert len(ok(await http.get(path))["content"]["script"]) == 2, "what only the upload changed is not lost"
    async with school.acting("superintendent") as http:
        refused(await http.get(f"/v1/observation-conflicts/{kept['id']}"), 404)
    kinds = [event["type"] for event in await school.events("observation_conflict")]
    assert kinds == ["observation_conflict.found", "observation_conflict.resolved"]


async def test_what_only_the_upload_changed_is_asked_about_once_it_was_changed_again(school):
    visit = school.visit(state="in_progress")
    path = f"/v1/observations/{visit['id']}"
    async with school.acting("principal") as http:
        await send(http, visit)
        ok(await http.patch(path, json={"scores": []}, headers={"If-Match": '"1"'}))
        item = visit | {"scores": visit["scores"][:3], "look_fors": visit["look_fors"][:1], "base_version": 1}
        (outcome,) = await send(http, item)
        resolve = f"/v1/observation-conflicts/{outcome['conflict_id']}/resolve"
        ok(await http.patch(path, json={"look_fors": []}, headers={"If-Match": '"2"'}))
        match = {"If-Match": '"1"'}
        asked = refused(await http.post(resolve, json={"choices": {"scores": "sent"}}, headers=match), 422)
        assert asked["errors"][0]["message"] == "says nothing of look_fors"
        choices = {"scores": "sent", "look_fors": "stored"}
        ok(await http.post(resolve, json={"choices": choices}, headers=match))
        content = ok(await http.get(path))["content"]
    assert (len(content["scores"]), content["look_fors"]) == (3, [])


async def test_a_device_and_its_revision_go_together(school):
    visit = school.visit(state="in_progress")
    async with school.acting("principal") as http:
        await send(http, visit)
        (outcome,) = await send(http, visit | {"device": "t", "class_id": str(new_id())})
    assert (outcome["status"], pointers(outcome["problem"])) == (422, ["#/revision"])


async def test_a_stale_put_is_told_which_fields_changed_meanwhile(school):
    visit = school.visit(state="in_progress")
    path = f"/v1/observations/{visit['id']}"
    async with school.acting("principal") as http:
        made = ok(await http.post("/v1/observations", json=visit), 201)
        await http.patch(path, json={"scores": []}, headers={"If-Match": '"1"'})
        await step(http, "submit", made | {"version": 2})
        stale = await http.patch(path, json={"feedback": None}, headers={"If-Match": '"1"'})
    assert refused(stale, 412)["fields"] == ["scores", "state", "submitted_at"]
