"""Evidence by the piece, what it claims, and how a total came about: three ways of having no score, none of them 0."""

from services.observations.totals.rules import total_of
from shared.clock import new_id
from tests.observations.scenes import ok, pointers, refused, step


async def put(http, noun, body, row_id=None, status=201, **headers):
    answer = await http.put(f"/v1/{noun}/{row_id or new_id()}", json=body, headers=headers)
    return ok(answer, status)


def span(observation, begin, end, *codes, line=1):
    return {
        "observation_id": observation["id"], "kind": "script", "line_id": observation["content"]["script"][line]["id"],
        "begin": begin, "end": end, "codes": [str(code) for code in codes],
    }  # fmt: skip


async def test_a_span_of_the_script_is_coded(school):
    made = await school.record()
    body = span(made, 2, 6, *school.framework.indicators[:2])
    async with school.acting("principal") as http:
        item = await put(http, "evidence-items", body)
        assert (item["text"], item["at"]) == ("asks", made["content"]["script"][1]["at"])
        assert item["author_id"] == str(school.staff["principal"])
        path = f"/v1/evidence-items/{item['id']}"
        assert ok(await http.put(path, json=body))["version"] == 1
        changed = ok(await http.put(path, json=body | {"codes": []}, headers={"If-Match": '"1"'}))
        assert changed["sha256"] != item["sha256"]
        for wrong, pointer in (
            (span(made, 6, 2), "#/end"),
            (span(made, 0, 400), "#/end"),
            (span(made, 0, 1, new_id()), "#/codes/0"),
            (span(made, 0, 1) | {"text": "My words"}, "#/text"),
            (span(made, 0, 1) | {"line_id": str(new_id())}, "#/line_id"),
            (span(made, 0, 1) | {"observation_id": str(new_id())}, "#/observation_id"),
        ):
            assert pointers(refused(await http.put(f"/v1/evidence-items/{new_id()}", json=wrong), 422)) == [pointer]
        listed = ok(await http.get("/v1/evidence-items", params={"code": str(school.framework.indicators[0])}))
        assert listed["data"] == []


async def test_a_private_note_is_its_authors_and_a_shared_one_both_sides(school):
    made = await school.record()
    note = {"observation_id": made["id"], "kind": "note", "text": "Ask about the seating."}
    async with school.acting("principal") as http:
        await put(http, "evidence-items", note | {"visibility": "private"})
        shared = await put(http, "evidence-items", note | {"text": "Hands went up."})
    async with school.acting("teacher") as http:
        assert ok(await http.get("/v1/evidence-items"))["data"] == []
    await school.move("share", "principal", made)
    async with school.acting("teacher") as http:
        assert [one["id"] for one in ok(await http.get("/v1/evidence-items"))["data"]] == [shared["id"]]
        refused(await http.put(f"/v1/evidence-items/{shared['id']}", json=note, headers={"If-Match": '"1"'}), 403)
        await put(http, "evidence-items", note | {"text": "My own view."})
    async with school.acting("superintendent") as http:
        refused(await http.get(f"/v1/evidence-items/{shared['id']}"), 404)


async def test_a_comment_stands_at_a_moment_of_a_video(school):
    made = await school.record(type="video")
    clip = {
        "observation_id": made["id"], "kind": "video", "asset": "https://video.example/lesson-9", "text": "Wait time.",
        "start_ms": 61_000, "end_ms": 75_000, "codes": [str(school.framework.look_fors[0])],
    }  # fmt: skip
    async with school.acting("principal") as http:
        assert (await put(http, "evidence-items", clip))["end_ms"] == 75_000
        early = await http.put(f"/v1/evidence-items/{new_id()}", json=clip | {"end_ms": 60_000})
        assert pointers(refused(early, 422)) == ["#/end_ms"]
        bare = await http.put(f"/v1/evidence-items/{new_id()}", json=clip | {"asset": None})
        assert pointers(refused(bare, 422)) == ["#/asset"]


async def test_feedback_stands_on_a_moment_of_a_video(school):
    """Of a recording there may be nothing but comments: they are enough to submit it, and to stand on."""
    made = await school.record(type="video", state="in_progress", script=[], scores=[], look_fors=[], feedback=None)
    clip = {
        "observation_id": made["id"], "kind": "video", "asset": "https://video.example/lesson-9", "text": "Wait time.",
        "start_ms": 61_000, "end_ms": 75_000,
    }  # fmt: skip
    feedback = {"body": "You waited, and hands went up.", "next_steps": []}
    path = f"/v1/observations/{made['id']}"
    async with school.acting("principal") as http:
        private = await put(http, "evidence-items", clip | {"visibility": "private"})
        refused(await step(http, "submit", made), 409, "nothing-recorded")
        item = await put(http, "evidence-items", clip)
        made = ok(await step(http, "submit", made))
        for other in (private["id"], str(new_id())):
            wrong = {"feedback": feedback | {"evidence": [other]}}
            assert pointers(refused(await http.patch(path, json=wrong, headers={"If-Match": "*"}), 422)) == [
                "#/feedback/evidence/0"
            ]
        made = ok(
            await http.patch(path, json={"feedback": feedback | {"evidence": [item["id"]]}}, headers={"If-Match": "*"})
        )
        moment = f"/v1/evidence-items/{item['id']}"
        hidden = clip | {"visibility": "private"}
        refused(await http.put(moment, json=hidden, headers={"If-Match": "*"}), 409, "evidence-cited")
        refused(await http.post(f"{moment}/archive", headers={"If-Match": "*"}), 409, "evidence-cited")
    await school.move("share", "principal", made)
    async with school.acting("teacher") as http:
        told = ok(await http.get(f"/v1/feedback/{made['id']}"))
        assert (told["evidence"], told["evidence_items"]) == ([], [item])
        assert ok(await http.get("/v1/feedback"))["data"] == [told]
        made = ok(await step(http, "read", ok(await http.get(path))))
    await school.move("lock", "principal", made)
    async with school.acting("teacher") as http:
        content = ok(await http.get(f"{path}/reports/1"))["content"]
    assert [one["text"] for one in content["evidence_items"]] == ["Wait time."]


async def test_a_package_claims_one_span_of_one_descriptor(school):
    made = await school.record()
    indicator, other = school.framework.indicators[:2]
    async with school.acting("principal") as http:
        item = await put(http, "evidence-items", span(made, 0, 6, indicator))
        hidden = await put(http, "evidence-items", span(made, 0, 6, indicator) | {"visibility": "private"})
        claim = {
            "observation_id": made["id"], "indicator_id": str(indicator), "level": 3, "begin": 0, "end": 6,
            "reasoning": "Open questions.", "evidence_ids": [item["id"]],
        }  # fmt: skip
        package = await put(http, "evidence-packages", claim)
        assert package["claim"] == "what 3"
        private = span(made, 0, 6, indicator) | {"visibility": "private"}
        path = f"/v1/evidence-items/{item['id']}"
        refused(await http.put(path, json=private, headers={"If-Match": '"1"'}), 409, "evidence-cited")
        for changes, pointer in (
            ({"end": 99}, "#/end"),
            ({"level": 9}, "#/level"),
            ({"indicator_id": str(other)}, "#/evidence_ids/0"),
            ({"evidence_ids": [str(new_id())]}, "#/evidence_ids/0"),
            ({"evidence_ids": [item["id"], hidden["id"]]}, "#/evidence_ids/1"),
        ):
            answer = await http.put(f"/v1/evidence-packages/{new_id()}", json=claim | changes)
            assert pointers(refused(answer, 422)) == [pointer]
        scores = ok(await http.get(f"/v1/observations/{made['id']}"))["content"]["scores"]
        assert scores == made["content"]["scores"], "a claim is no score"
        assert ok(await http.post(f"/v1/evidence-packages/{package['id']}/archive", headers={"If-Match": '"1"'}))
    async with school.acting("teacher") as http:
        refused(await http.get(f"/v1/evidence-packages/{package['id']}"), 404)


async def test_where_scores_are_forbidden_no_level_is_claimed(school):
    version = new_id()
    async with school.acting("superintendent") as http:
        path, body = f"/v1/framework-versions/{version}", school.framework.document(label="bare", scoring="forbidden")
        drafted = ok(await http.put(path, json=body), 201)
        ok(await http.post(f"{path}/publish", headers={"If-Match": f'"{drafted["version"]}"'}))
    made = await school.record(scores=[], framework_version_id=str(version))
    indicator = school.framework.indicators[0]
    async with school.acting("principal") as http:
        item = await put(http, "evidence-items", span(made, 0, 6, indicator))
        claim = {
            "observation_id": made["id"], "indicator_id": str(indicator), "level": 3, "begin": 0, "end": 6,
            "evidence_ids": [item["id"]],
        }  # fmt: skip
        refused(await http.put(f"/v1/evidence-packages/{new_id()}", json=claim), 409, "scores-forbidden")


async def test_what_was_locked_keeps_its_evidence(school):
    shared = await school.record(state="shared")
    locked = await school.move("lock", "principal", await school.move("read", "teacher", shared))
    async with school.acting("principal") as http:
        answer = await http.put(f"/v1/evidence-items/{new_id()}", json=span(locked, 0, 1))
        refused(answer, 409, "observation-fixed")


async def test_a_total_is_replayed_from_weights_and_values(school):
    made = await school.record(scores=[
        {"indicator_id": str(school.framework.indicators[n]), "level": level}
        for n, level in enumerate((3, 1, 2, "not_observed", "not_applicable"))
    ])  # fmt: skip
    async with school.acting("principal") as http:
        total = ok(await http.get(f"/v1/observations/{made['id']}/total"))
    assert total["n"] == {"scored": 3, "not_observed": 1, "not_applicable": 1, "missing": 7}
    replayed = sum(row["contribution"] for row in total["indicators"] if row["contribution"] is not None)
    assert total["value"] == replayed / total["weight_scored"] == 2.0
    assert (total["weight_possible"], total["reason"]) == (11 * 0.5, None)  # each weighs a half in the scene
    none = await school.record(scores=[])
    async with school.acting("principal") as http:
        empty = ok(await http.get(f"/v1/observations/{none['id']}/total"))
        assert (empty["value"], empty["reason"]) == (None, "nothing_scored")
    async with school.acting("teacher") as http:
        refused(await http.get(f"/v1/observations/{made['id']}/total"), 404)


def test_scores_that_weigh_nothing_make_no_total_and_say_so():
    indicator = str(new_id())
    content = {"domains": [{"weight": 0, "components": [{"weight": None, "indicators": [{"id": indicator}]}]}]}
    total = total_of(new_id(), new_id(), content, [{"indicator_id": indicator, "level": 2}])
    assert (total.value, total.reason, total.n["scored"]) == (None, "no_weight", 1)
