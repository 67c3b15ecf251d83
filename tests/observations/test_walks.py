"""Learning walks over HTTP: a team looks at practice, names no teacher, and says what the evidence informed."""

import asyncio
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.observations.walks.rules import disclosable, drawn
from shared.clock import new_id, now
from tests.observations.scenes import School, ok, pointers, refused


def plan(school: School, **more: object) -> dict[str, object]:
    return {
        "focus_question": "What is working?",
        "school_id": str(school.id),
        "framework_version_id": str(school.framework.version_id),
        "look_for_ids": [str(one) for one in school.framework.look_fors[:2]],
        "team_ids": [str(school.staff["principal"]), str(school.staff["coach"])],
        "scheduled_at": "2026-11-20T09:00:00Z",
    } | more


def stop(school: School, walk: UUID, *seen: bool, **more: object) -> dict[str, object]:
    marks = [
        {"look_for_id": str(one), "mark": "seen" if mark else "not_seen"}
        for one, mark in zip(school.framework.look_fors, seen, strict=False)
    ]
    evidence = [{"kind": "strength", "text": "Three students give reasons.", "look_for_id": None}]
    return {
        "walk_id": str(walk),
        "at": "2026-11-20T09:05:00Z",
        "minutes": 7,
        "marks": marks,
        "evidence": evidence,
    } | more


async def act(school: School, who: str, walk: UUID, verb: str, body: dict | None = None):
    async with school.acting(who) as http:
        etag = (await http.get(f"/v1/learning-walks/{walk}")).headers.get("ETag", '"1"')
        return await http.post(f"/v1/learning-walks/{walk}/{verb}", json=body or {}, headers={"If-Match": etag})


async def walk_to(school: School, state: str) -> UUID:
    walk = new_id()
    async with school.acting("principal") as http:
        made = await http.put(f"/v1/learning-walks/{walk}", json=plan(school))
        assert made.status_code == 201, made.text
        assert made.json()["state"] == "draft"
    for verb, reached in (("schedule", "scheduled"), ("start", "in_progress")):
        assert (await act(school, "principal", walk, verb)).json()["state"] == reached
    async with school.acting("coach") as http:
        for seen in ((True, False), (True, True), (False,)):
            answer = await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, walk, *seen))
            assert answer.status_code == 201, answer.text
    if state in {"debriefed", "shared"}:
        patterns = [{"kind": "wonder", "statement": "Reasons are rare.", "look_for_id": None}]
        assert (
            await act(school, "principal", walk, "debrief", {"patterns": patterns, "agreements": ["We ask why."]})
        ).status_code == 200
    if state == "shared":
        assert (await act(school, "principal", walk, "share")).json()["state"] == "shared"
    return walk


async def test_a_walk_is_summed_up_over_its_stops(school: School) -> None:
    walk = await walk_to(school, "shared")
    async with school.acting("coach") as http:
        summary = (await http.get(f"/v1/learning-walks/{walk}/summary")).json()
    assert (summary["stops"], summary["strengths"], summary["wonders"]) == (3, 3, 0)
    assert [(one["seen"], one["stops"]) for one in summary["prevalence"]] == [(2, 3), (1, 2)]
    assert (summary["method_version"], summary["as_of"] > "2026") == ("wilson_score.v1", True)
    assert [round(one["value"], 3) for one in summary["prevalence"]] == [0.667, 0.5]
    half = summary["prevalence"][1]["interval"]
    assert (round(half["low"], 4), round(half["high"], 4)) == (0.0945, 0.9055)
    assert [one["statement"] for one in summary["patterns"]] == ["Reasons are rare."]
    assert (summary["agreements"], summary["n_min"], summary["draw"]) == (["We ask why."], None, None)
    assert summary["school_days_to_debrief"] == 0
    for who in ("teacher", "superintendent"):  # who were not there, and three stops are too few
        async with school.acting(who) as http:
            told = (await http.get(f"/v1/learning-walks/{walk}/summary", params={"by": "grade"})).json()
        assert (told["n_min"], told["stops"], told["strengths"], told["wonders"]) == (5, 3, None, None)
        cells = [*told["prevalence"], *told["parts"][0]["prevalence"]]
        assert {(one["seen"], one["stops"], one["suppressed"]) for one in cells} == {(None, None, True)}
        assert {(one["value"], one["interval"]) for one in cells} == {(None, None)}
        assert (told["patterns"], told["agreements"]) == (summary["patterns"], summary["agreements"])


async def test_who_sees_what_before_and_after_it_is_shared(school: School) -> None:
    walk = await walk_to(school, "debriefed")
    seen = {}
    for state in ("debriefed", "shared"):
        if state == "shared":
            await act(school, "principal", walk, "share")
        for who in ("principal", "coach", "superintendent", "teacher", "stranger"):
            async with school.acting(who) as http:
                walks = len((await http.get("/v1/learning-walks")).json()["data"])
                stops = len((await http.get("/v1/walk-stops")).json()["data"])
            seen[state, who] = (walks, stops)
    assert seen == {
        ("debriefed", "principal"): (1, 3),
        ("debriefed", "coach"): (1, 3),
        ("debriefed", "superintendent"): (1, 0),
        ("debriefed", "teacher"): (0, 0),
        ("debriefed", "stranger"): (0, 0),
        ("shared", "principal"): (1, 3),
        ("shared", "coach"): (1, 3),
        ("shared", "superintendent"): (1, 0),
        ("shared", "teacher"): (1, 0),
        ("shared", "stranger"): (0, 0),
    }


async def test_a_stop_has_no_place_for_a_person_or_a_score(school: School) -> None:
    walk = await walk_to(school, "in_progress")
    async with school.acting("coach") as http:
        for more in ({"teacher_id": str(school.staff["teacher"])}, {"scores": []}, {"class_id": str(new_id())}):
            answer = await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, walk, True, **more))
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "extra_forbidden")


async def test_a_stop_sent_twice_is_one_and_none_comes_after_the_debrief(school: School) -> None:
    walk = await walk_to(school, "in_progress")
    late, body = new_id(), stop(school, walk, True, True)
    async with school.acting("coach") as http:
        assert [(await http.put(f"/v1/walk-stops/{late}", json=body)).status_code for _ in range(2)] == [201, 200]
        patterns = [{"kind": "strength", "statement": "Reasons are given."}]
        await act(school, "coach", walk, "debrief", {"patterns": patterns})
        refused = await http.put(f"/v1/walk-stops/{new_id()}", json=body)
        assert (refused.status_code, refused.json()["possible"]) == (409, ["share"])
        assert (await http.get(f"/v1/learning-walks/{walk}/summary")).json()["stops"] == 4


async def test_a_look_for_may_be_counted_or_not_apply(school: School) -> None:
    """Not applicable is neither a yes nor a no; a count above zero is a yes."""
    counted = str(school.framework.look_fors[3])
    walk = new_id()
    async with school.acting("principal") as http:
        ok(await http.put(f"/v1/learning-walks/{walk}", json=plan(school, look_for_ids=[counted])), 201)
        for verb in ("schedule", "start"):
            ok(await http.post(f"/v1/learning-walks/{walk}/{verb}", headers={"If-Match": "*"}))
        for mark in (3, 0, "not_applicable"):
            marks = [{"look_for_id": counted, "mark": mark}]
            ok(await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, walk, marks=marks)), 201)
        for wrong, place in (({"mark": "seen"}, "mark"), ({"look_for_id": str(new_id())}, "look_for_id")):
            marks = [{"look_for_id": counted, "mark": 1} | wrong]
            answer = await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, walk, marks=marks))
            assert pointers(refused(answer, 422)) == [f"#/marks/0/{place}"]
        (cell,) = ok(await http.get(f"/v1/learning-walks/{walk}/summary"))["prevalence"]
    assert (cell["seen"], cell["stops"]) == (1, 2)


async def test_a_stop_that_was_none_is_taken_back_while_the_walk_goes_on(school: School) -> None:
    walk = await walk_to(school, "in_progress")
    async with school.acting("coach") as http:
        stops = [row["id"] for row in ok(await http.get("/v1/walk-stops", params={"walk_id": str(walk)}))["data"]]
        archive = f"/v1/walk-stops/{stops[0]}/archive"
        refused(await http.post(archive), 428)
        for _ in range(2):
            gone = await http.post(archive, headers={"If-Match": '"1"'})
            assert (ok(gone)["archived_at"] is None, gone.headers["ETag"]) == (False, '"2"')
        assert ok(await http.get(f"/v1/learning-walks/{walk}/summary"))["stops"] == 2
        await act(school, "coach", walk, "debrief", {"patterns": [{"kind": "wonder", "statement": "Who speaks?"}]})
        late = await http.post(f"/v1/walk-stops/{stops[1]}/archive", headers={"If-Match": "*"})
        assert refused(late, 409, "learning-walk-move-refused")["possible"] == ["share"]
    async with school.acting("teacher") as http:
        refused(await http.post(archive, headers={"If-Match": "*"}), 404)


async def test_moves_are_the_teams_and_in_order(school: School) -> None:
    walk = new_id()
    async with school.acting("principal") as http:
        await http.put(f"/v1/learning-walks/{walk}", json=plan(school))
    early = await act(school, "principal", walk, "debrief", {"patterns": [{"kind": "wonder", "statement": "?"}]})
    assert (early.status_code, early.json()["possible"]) == (409, ["schedule"])
    assert (await act(school, "superintendent", walk, "schedule")).status_code == 403
    assert (await act(school, "stranger", walk, "schedule")).status_code == 404
    for verb in ("schedule", "start"):
        await act(school, "principal", walk, verb)
    empty = await act(school, "principal", walk, "debrief", {"patterns": [{"kind": "wonder", "statement": "?"}]})
    assert empty.json()["type"].endswith("nothing-to-debrief")


async def test_backfilled_times_follow_each_other(school: School) -> None:
    walk = f"/v1/learning-walks/{new_id()}"
    patterns = {"patterns": [{"kind": "wonder", "statement": "Who speaks?"}]}
    async with school.acting() as http:

        async def move(verb: str, **body: object):
            return await http.post(f"{walk}/{verb}", json=body, headers={"If-Match": "*"})

        ok(await http.put(walk, json=plan(school)), 201)
        ok(await move("schedule"))
        ok(await move("start", at="2026-11-02T09:00:00Z"))
        ok(await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, UUID(walk[-36:]), True)), 201)  # 20 November
        for early in ("2026-11-02T08:00:00Z", "2026-11-20T08:00:00Z"):  # before the start, before the stop
            problem = refused(await move("debrief", debriefed_at=early, **patterns), 422)
            assert (pointers(problem), problem["errors"][0]["code"]) == (["#/debriefed_at"], "order")
        ok(await move("debrief", debriefed_at="2026-11-20T15:00:00Z", **patterns))
        assert pointers(refused(await move("share", at="2026-11-20T14:00:00Z"), 422)) == ["#/at"]
        ok(await move("share", at="2026-11-20T15:00:00Z"))


async def test_no_stop_lies_in_the_future(school: School) -> None:
    walk = await walk_to(school, "in_progress")
    async with school.acting("coach") as http:
        for at, status in ((now() + timedelta(minutes=4), 201), (now() + timedelta(minutes=6), 422)):
            answer = await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, walk, True, at=at.isoformat()))
            assert answer.status_code == status, answer.text
        assert pointers(answer.json()) == ["#/at"]
    patterns = [{"kind": "wonder", "statement": "Who speaks?"}]
    ok(await act(school, "principal", walk, "debrief", {"patterns": patterns}))  # though one clock was ahead


async def test_no_walk_begins_with_a_retired_version(school: School) -> None:
    planned = f"/v1/learning-walks/{new_id()}"
    async with school.acting() as http:
        ok(await http.put(planned, json=plan(school)), 201)
        path = f"/v1/framework-versions/{school.framework.version_id}/retire"
        ok(await http.post(path, headers={"If-Match": "*"}))
        ok(await http.put(f"/v1/learning-walks/{new_id()}", json=plan(school)), 201)  # history, of days before
        ok(await http.put(planned, json=plan(school, focus_question="Who asks?"), headers={"If-Match": "*"}))
    async with school.acting("principal") as http:
        answer = await http.put(f"/v1/learning-walks/{new_id()}", json=plan(school, scheduled_at=None))
    refused(answer, 409, "framework-version-retired")


async def test_a_plan_that_refers_to_nothing_is_refused(school: School) -> None:
    bad = (
        {"look_for_ids": [str(new_id())]},
        {"framework_version_id": str(new_id())},
        {"team_ids": [str(school.staff["principal"]), str(new_id())]},
        {"team_ids": [str(school.staff["coach"])]},  # without whoever plans it
        {"school_id": str(new_id())},
    )
    async with school.acting("principal") as http:
        for more in bad:
            answer = await http.put(f"/v1/learning-walks/{new_id()}", json=plan(school, **more))
            assert answer.status_code == 422, more


async def link(school: School, who: str, walk: UUID, **more: str):
    body = {
        "source_kind": "learning_walk", "source_id": str(walk), "target_kind": "pl_activity",
        "target_id": str(new_id()), "note": None,
    } | more  # fmt: skip
    async with school.acting(who) as http:
        return await http.put(f"/v1/evidence-links/{new_id()}", json=body)


async def test_the_team_says_what_its_evidence_informed_and_never_an_evaluation(school: School) -> None:
    walk = await walk_to(school, "shared")
    assert (await link(school, "coach", walk)).status_code == 201
    assert (await link(school, "teacher", walk)).status_code == 403
    assert (await link(school, "stranger", walk)).status_code == 422
    assert (await link(school, "coach", walk, target_kind="evaluation")).status_code == 422
    seen = {}
    for who in ("coach", "teacher", "stranger"):
        async with school.acting(who) as http:
            found = await http.get("/v1/evidence-links", params={"source_id": str(walk)})
            seen[who] = len(found.json()["data"])
    assert seen == {"coach": 1, "teacher": 1, "stranger": 0}


async def test_who_leaves_the_team_meanwhile_says_nothing_more(school: School) -> None:
    walk = await walk_to(school, "in_progress")
    database = school.district.stack.runtimes["observations"].database
    async with database.transaction(school.district.id) as connection:
        await connection.execute(
            "update observations.learning_walks set team_ids = array_remove(team_ids, $1) where id = $2",
            school.staff["coach"],
            walk,
        )
        waiting = asyncio.create_task(link(school, "coach", walk))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
    assert (await waiting).status_code == 422


async def test_who_joins_the_team_sees_it_at_once_and_who_leaves_no_more(school: School) -> None:
    walk, seen = f"/v1/learning-walks/{new_id()}", []
    leader = str(school.staff["principal"])
    async with school.acting("principal") as http, school.acting("colleague") as other:
        for more in ([], [str(school.staff["colleague"])], []):
            headers = {"If-Match": "*"} if seen else {}
            made = await http.put(walk, json=plan(school, team_ids=[leader, *more]), headers=headers)
            assert made.status_code in {200, 201}, made.text
            seen.append((await other.get(walk)).status_code)
    assert seen == [404, 200, 404]


async def test_grades_apart_name_no_room_to_who_was_not_there(school: School) -> None:
    """Six stops in grade 4, five in 5 and one in 6: the last is small, and is not to be had from the total."""
    walk = await walk_to(school, "in_progress")  # with three stops that say no grade
    async with school.acting("coach") as http:
        for grade, marks in (("4", 6 * [True]), ("5", [True, False, False, False, False]), ("6", [False])):
            for seen in marks:
                ok(await http.put(f"/v1/walk-stops/{new_id()}", json=stop(school, walk, seen, grade=grade)), 201)
    patterns = [{"kind": "strength", "statement": "Reasons are given."}]
    await act(school, "coach", walk, "debrief", {"patterns": patterns})
    ok(await act(school, "coach", walk, "share"))
    found = {}
    for who in ("coach", "teacher"):
        async with school.acting(who) as http:
            said = ok(await http.get(f"/v1/learning-walks/{walk}/summary", params={"by": "grade"}))
        first = {part["value"]: part["prevalence"][0] for part in said["parts"]}
        found[who] = {grade: (one["seen"], one["stops"]) for grade, one in first.items()}
        assert (said["prevalence"][0]["seen"], said["prevalence"][0]["stops"]) == (9, 15)
    assert found["coach"] == {"4": (6, 6), "5": (1, 5), "6": (0, 1), None: (2, 3)}
    assert found["teacher"] == {"4": (6, 6), "5": (None, None), "6": (None, None), None: (None, None)}


async def test_a_draw_can_be_drawn_again_and_keeps_no_class(school: School) -> None:
    walk, classes = new_id(), [str(new_id()) for _ in range(20)]
    async with school.acting("principal") as http:
        path = f"/v1/learning-walks/{walk}"
        ok(await http.put(path, json=plan(school)), 201)
        order = {"class_ids": classes, "count": 4, "seed": "autumn"}
        first = ok(await http.post(f"{path}/draw", json=order, headers={"If-Match": '"1"'}))
        again = ok(await http.post(f"{path}/draw", json=order | {"class_ids": classes[::-1]}))
        refused(await http.post(f"{path}/draw", json=order | {"seed": "winter"}, headers={"If-Match": '"1"'}), 412)
        other = ok(await http.post(f"{path}/draw", json=order | {"seed": "winter"}, headers={"If-Match": "*"}))
        unseeded = ok(
            await http.post(f"{path}/draw", json={"class_ids": classes, "count": 99}, headers={"If-Match": "*"})
        )
        kept = await http.get(path)
    assert first == again
    assert set(first["class_ids"]) < set(classes)
    assert len(first["class_ids"]) == 4
    assert (first["population"], first["number"], other["number"], unseeded["number"]) == (20, 1, 2, 3)
    assert sorted(unseeded["class_ids"]) == sorted(classes)
    assert kept.json()["draw"]["number"] == 3
    told = str(await school.events("learning_walk")) + kept.text
    assert not any(one in told for one in classes)
    assert kept.json()["draw"]["seed"]
    async with school.acting("teacher") as http:
        refused(await http.post(f"{path}/draw", json=order), 404)
    async with school.acting("superintendent") as http:
        for there in (path, f"{path}/summary"):  # with the roster, the seed would give the classes
            draw = ok(await http.get(there))["draw"]
            assert (draw["seed"], draw["number"], draw["population"]) == (None, 3, 20)
        (listed,) = ok(await http.get("/v1/learning-walks"))["data"]
        assert listed["draw"]["seed"] is None
        refused(await http.post(f"{path}/draw", json=order, headers={"If-Match": "*"}), 403)
    under_way = await walk_to(school, "in_progress")
    refused(await act(school, "principal", under_way, "draw", order), 409, "already-walking")


@given(st.dictionaries(st.none() | st.text(max_size=3), st.integers(0, 12), max_size=6), st.integers(0, 6))
def test_no_small_part_follows_from_the_others(sizes: dict[str | None, int], n_min: int) -> None:
    shown = disclosable(sizes, n_min)
    rest = sum(size for key, size in sizes.items() if key not in shown)
    assert all(sizes[key] == 0 or sizes[key] >= n_min for key in shown)
    assert rest == 0 or rest >= n_min or not any(sizes[key] for key in shown)


@given(st.lists(st.uuids(), unique=True, min_size=1, max_size=20), st.text(max_size=5), st.integers(1, 25))
def test_a_draw_is_of_the_list_as_a_set_and_grows_with_its_count(ids: list[UUID], seed: str, count: int) -> None:
    found = drawn(ids, seed, count)
    assert len(found) == min(count, len(ids)) == len(set(found))
    assert drawn(reversed(ids), seed, count) == found == drawn(ids, seed, count + 1)[:count]
