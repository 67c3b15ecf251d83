"""Erasing a person: planned, applied, in all services; what is counted stays, and nothing brings anybody back."""

import asyncio
import hashlib
import json
from typing import Any
from uuid import UUID

import pytest

from shared.clock import new_id
from shared.feed.subscriber import Subscriber
from shared.jobs.running import run_job
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.privacy.scene import SECRET, Scene, a_scene
from tests.districts.roster_imports.test_gradebook_files import LINKS, linked
from tests.districts.rosters import csv_zip, upload
from tests.districts.setting import named
from tests.observations.scenes import ok, refused

PRIVATE = (SECRET, "Unmistakable", "unmistakable@example.org", "HR-77")


@pytest.fixture
async def scene(district: District) -> Scene:
    return await a_scene(district)


async def planned(scene: Scene, **given: Any) -> tuple[dict[str, Any], str]:
    """Ask for an erasure and let it be planned; give it and its ETag."""
    async with scene.acting() as http:
        asked = await http.post("/v1/erasures", json={"reason": "request"} | given)
        assert asked.status_code == 202, asked.text
        await scene.settle()
        read = await http.get(asked.headers["Location"])
    assert read.json()["state"] == "planned", read.text
    return read.json(), read.headers["ETag"]


async def apply(scene: Scene, erasure: dict[str, Any], etag: str) -> dict[str, Any]:
    async with scene.acting() as http:
        said = await http.post(f"/v1/erasures/{erasure['id']}/apply", headers={"If-Match": etag})
        assert said.status_code == 202, said.text
        await scene.settle()
        return ok(await http.get(f"/v1/erasures/{erasure['id']}"))


async def everything(scene: Scene) -> str:
    """Give every row of every table of this district, as text."""
    texts = []
    for service in SERVICE_NAMES:
        tables = await scene.database(
            service,
            "select tablename from pg_tables where schemaname = $1 and tablename <> 'idempotency_keys'",
            service,
        )
        for row in tables:
            if row["tablename"] not in {"alembic_version", "feed_head", "feed_cursors", "signing_keys"}:
                found = await scene.database(
                    service,
                    f"select t::text as text from {service}.{row['tablename']} t where district_id = $1",
                    scene.district.id,
                )
                texts += [f"{service}.{row['tablename']}: {it['text']}" for it in found]
    return "\n".join(texts)


def lines_with(text: str, word: str) -> list[str]:
    return [line[:200] for line in text.splitlines() if word in line]


async def measures(scene: Scene) -> list[Any]:
    found = []
    async with scene.acting() as http:
        for name in ("feedback_latency", "observation_coverage"):
            body = ok(await http.get(f"/v1/measures/{name}"))
            found.append(timeless(body["data"]))
    return found


def timeless(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: timeless(value) for name, value in part.items() if name != "as_of"}
    return [timeless(one) for one in part] if isinstance(part, list) else part


async def test_a_plan_erases_nothing_and_says_what_it_would(scene: Scene) -> None:
    before = await everything(scene)
    erasure, _ = await planned(scene, person_id=scene.teacher, reference="T-1")
    plan = erasure["planned"]
    assert plan["observations"]["observations"]["rows"] == 2
    assert set(plan["observations"]["observations"]["samples"]) == {scene.made["shared"], scene.made["draft"]}
    assert plan["districts"]["people"] == {"rows": 1, "samples": [scene.teacher]}
    assert plan["coaching"]["coaching_cycles"]["samples"] == [scene.made["cycle"]]
    assert erasure["possible"] == ["apply", "cancel"]
    after = await everything(scene)
    for word in PRIVATE:
        assert lines_with(before, word) == lines_with(after, word)
    async with scene.acting() as http:
        assert ok(await http.get(f"/v1/people/{scene.teacher}"))["family_name"] == "Unmistakable"


async def test_no_word_and_no_name_is_left_anywhere_and_what_is_counted_stays_the_same(scene: Scene) -> None:
    numbers = await measures(scene)
    erasure, etag = await planned(scene, person_id=scene.teacher)
    done = await apply(scene, erasure, etag)
    assert done["state"] == "applied", done["problem"]
    assert done["applied"]["observations"] == erasure["planned"]["observations"]
    assert (done["applied_by"], done["requested_by"]) == (scene.district.client_id, scene.district.client_id)
    left = await everything(scene)
    others = scene.made["others"]
    for word in PRIVATE:
        assert [line for line in lines_with(left, word) if others not in line] == [], word
    assert await measures(scene) == numbers
    async with scene.acting() as http:
        row = ok(await http.get(f"/v1/observations/{scene.made['shared']}"))
        assert row["teacher_id"] == scene.teacher, "an id that leads to nobody"
        person = ok(await http.get(f"/v1/people/{scene.teacher}"))
    assert (person["given_name"], person["family_name"], person["email"]) == ("Erased", "person", None)
    assert person["archived_at"]
    rows = await scene.database(
        "observations", "select script, scores from observations.observations where id = $1", scene.made["shared"]
    )
    assert len(json.loads(rows[0]["scores"])) == 12, "scores are what is counted"
    async with scene.acting("colleague") as http:
        assert ok(await http.get(f"/v1/observations/{others}"))["content"]["feedback"]["body"] == f"{SECRET}: feedback"


async def test_no_answer_that_is_kept_for_a_retry_repeats_it(scene: Scene) -> None:
    visit = scene.school.visit("teacher") | {"state": "submitted"}
    async with scene.acting("principal") as http:
        sent = {"json": visit, "headers": {"Idempotency-Key": "one"}}
        first = await http.post("/v1/observations", **sent)
        assert (await http.post("/v1/observations", **sent)).content == first.content
    kept = "select from observations.idempotency_keys where key = 'one'"
    assert await scene.database("observations", kept)
    erasure, etag = await planned(scene, person_id=scene.teacher)
    assert await scene.database("observations", kept)
    await apply(scene, erasure, etag)
    assert not await scene.database("observations", kept)


async def test_a_replay_from_zero_brings_nothing_back(scene: Scene) -> None:
    erasure, etag = await planned(scene, person_id=scene.teacher)
    await apply(scene, erasure, etag)
    stack = scene.district.stack
    for table in ("fact_goals", "fact_observations", "copied_people"):
        await scene.database("analytics", f"delete from analytics.{table} where district_id = $1", scene.district.id)
    for publisher in ("districts", "observations", "coaching"):
        await Subscriber(stack.runtimes["analytics"], stack.work["analytics"].subscriptions).rewind(publisher)
    await scene.settle()
    people = await scene.database(
        "analytics",
        "select given_name, family_name, archived from analytics.copied_people where id = $1",
        scene.teacher,
    )
    assert [tuple(row) for row in people] == [("Erased", "person", True)]
    goals = await scene.database(
        "analytics", "select title from analytics.fact_goals where id = $1", scene.made["goal"]
    )
    assert [row["title"] for row in goals] == ["(erased)"]
    facts = await scene.database(
        "analytics", "select count(*) from analytics.fact_observations where teacher_id = $1", scene.teacher
    )
    assert facts[0][0] == 2
    left = await everything(scene)
    assert not lines_with(left, "Unmistakable"), [li for li in left.splitlines() if "Unmistakable" in li]


async def has_erased(scene: Scene) -> None:
    is_erased = "select from districts.people where id = $1 and given_name = 'Erased'"
    while not await scene.database("districts", is_erased, UUID(scene.teacher)):  # noqa: ASYNC110 - it is in a database
        await asyncio.sleep(0.02)


async def test_it_goes_on_where_it_was_killed_and_twice_is_once(scene: Scene) -> None:
    erasure, etag = await planned(scene, person_id=scene.teacher)
    stack = scene.district.stack
    runtime, work = stack.runtimes["districts"], stack.work["districts"]
    async with scene.acting() as http:
        assert (await http.post(f"/v1/erasures/{erasure['id']}/apply", headers={"If-Match": etag})).status_code == 202
        job = ok(await http.get(f"/v1/erasures/{erasure['id']}"))["job"].rpartition("/")[2]

    database = runtime.database
    async with database.transaction(scene.district.id) as locked:
        # The record cannot be written, so the job stops after the first service has erased and before it says so.
        await locked.execute("select from districts.erasures where id = $1 for update", UUID(erasure["id"]))
        running = asyncio.create_task(run_job(runtime, work.jobs, scene.district.id, UUID(job)))
        await has_erased(scene)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    words = "select from observations.observations where teacher_id = $1 and script::text like $2"
    assert await scene.database("observations", words, UUID(scene.teacher), f"%{SECRET}%"), "half of it is done"
    await scene.settle()
    async with scene.acting() as http:
        done = ok(await http.get(f"/v1/erasures/{erasure['id']}"))
    assert done["state"] == "applied"
    assert done["applied"] == erasure["planned"], "the record says what was erased, by whichever attempt"
    again, _ = await planned(scene, person_id=scene.teacher)
    assert again["planned"] == {name: {} for name in SERVICE_NAMES}, "there is nothing left to erase"


async def test_a_legal_hold_refuses_with_its_reason_till_it_is_archived(scene: Scene) -> None:
    erasure, etag = await planned(scene, person_id=scene.teacher)
    hold = f"/v1/legal-holds/{named('hold')}"
    async with scene.acting() as http:
        made = await http.put(hold, json={"person_id": scene.teacher, "reason": "case 12-7"})
        assert made.status_code == 201, made.text
        late = await http.post(f"/v1/erasures/{erasure['id']}/apply", headers={"If-Match": etag})
        assert "case 12-7" in refused(late, 409, "under-legal-hold")["detail"]
        body = {"reason": "request", "person_id": scene.teacher}
        refused(await http.post("/v1/erasures", json=body), 409, "under-legal-hold")
        ok(await http.post(f"{hold}/archive", headers={"If-Match": made.headers["ETag"]}))
    assert (await apply(scene, erasure, etag))["state"] == "applied"


async def test_a_legal_hold_that_comes_before_the_worker_ends_the_erasure(scene: Scene) -> None:
    erasure, etag = await planned(scene, person_id=scene.teacher)
    async with scene.acting() as http:
        said = await http.post(f"/v1/erasures/{erasure['id']}/apply", headers={"If-Match": etag})
        assert said.status_code == 202, said.text
        body = {"person_id": scene.teacher, "reason": "case 12-8"}
        ok(await http.put(f"/v1/legal-holds/{named('hold')}", json=body), 201)
        await scene.settle()
        ended = ok(await http.get(f"/v1/erasures/{erasure['id']}"))
        assert ended["state"] == "failed"
        assert "case 12-8" in ended["problem"]["detail"]
        assert ok(await http.get(f"/v1/people/{scene.teacher}"))["family_name"] == "Unmistakable"


async def test_only_the_plan_that_was_read_is_applied_and_only_once(scene: Scene) -> None:
    erasure, etag = await planned(scene, person_id=scene.teacher)
    address = f"/v1/erasures/{erasure['id']}/apply"
    async with scene.acting() as http:
        assert (await http.post(address)).status_code == 428
        assert (await http.post(address, headers={"If-Match": '"1"'})).status_code == 412
    await apply(scene, erasure, etag)
    async with scene.acting() as http:
        refused(await http.post(address, headers={"If-Match": "*"}), 409, "erasure-not-planned")
    async with scene.acting("principal") as http:
        assert (await http.get("/v1/erasures")).status_code == 403, "no person, whatever the role"


async def test_a_roster_that_still_has_her_does_not_bring_her_back(district: District) -> None:
    orgs = "sourcedId,name,type\no1,North,school\n"
    users = "sourcedId,enabledUser,givenName,familyName,username,email\nS1,true,Ada,Unmistakable,ada,ada@example.org\n"
    roles = "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,S1,primary,teacher,o1\n"
    other = "S2,true,Bob,Other,bob,bob@example.org\n"
    await upload(district, csv_zip(orgs=orgs, users=users, roles=roles))
    scene = Scene(district, None)  # type: ignore[arg-type]  # nobody is observed here
    async with district.client() as http:
        (person,) = ok(await http.get("/v1/people"))["data"]
    erasure, etag = await planned(scene, person_id=person["id"])
    assert (await apply(scene, erasure, etag))["state"] == "applied"
    again = await upload(district, csv_zip(orgs=orgs, users=users + other, roles=roles))
    async with district.client() as http:
        people = ok(await http.get("/v1/people", params={"archived": "include"}))["data"]
        errors = ok(await http.get(f"/v1/roster-imports/{again['id']}/errors"))["data"]
        back = await http.put(f"/v1/people/{person['id']}", headers={"If-Match": "*"},
                              json={"given_name": "Ada", "family_name": "Unmistakable"})  # fmt: skip
    assert "Unmistakable" not in {one["family_name"] for one in people}
    assert {(error["file"], error["line"], error["code"]) for error in errors} >= {("users", 2, "erased")}
    assert all(error["sourced_id"] is None for error in errors if error["code"] == "erased")
    refused(back, 409, "person-erased")
    left = await everything(scene)
    assert not lines_with(left, "Unmistakable"), [li for li in left.splitlines() if "Unmistakable" in li]


async def test_a_file_that_adds_to_an_erased_students_result_adds_nothing(district: District) -> None:
    await upload(district, sample())
    await upload(district, linked())
    scene = Scene(district, None)  # type: ignore[arg-type]  # nobody is observed here
    (student,) = await scene.database("districts", "select id from districts.people where sourced_id = $1", ODD)
    erasure, etag = await planned(scene, person_id=str(student["id"]))
    assert (await apply(scene, erasure, etag))["state"] == "applied"
    more = LINKS["resultLearningObjectiveIds"] + "ro9,,,r1,case,std-9,,Unmistakable\n"
    again = await upload(district, linked(resultLearningObjectiveIds=more))
    async with district.client() as http:
        errors = ok(await http.get(f"/v1/roster-imports/{again['id']}/errors", params={"limit": 100}))["data"]
    told = {(error["file"], error["line"]) for error in errors if error["code"] == "erased"}
    assert told == {("resultLearningObjectiveIds", line) for line in (2, 3, 4)}
    assert not lines_with(await everything(scene), "Unmistakable")


async def test_the_bytes_of_files_go_too_but_not_those_that_are_somebody_elses(scene: Scene) -> None:
    """Student work beside an observation of the teacher goes with her; the same bytes beside a colleague's stay."""

    async def attach(observation: str, content: bytes) -> tuple[str, str]:
        path, sha256 = f"/v1/observation-attachments/{new_id()}", hashlib.sha256(content).hexdigest()
        body = {"observation_id": observation, "name": f"{SECRET}.txt", "media_type": "text/plain"}
        async with scene.acting("principal") as http:
            ok(await http.put(path, json=body | {"size": len(content), "sha256": sha256}), 201)
            ok(await http.put(f"{path}/content", content=content))
        return path, sha256

    own, own_hash = await attach(scene.made["shared"], b"only hers")
    both, both_hash = await attach(scene.made["shared"], b"of both")
    others, _ = await attach(scene.made["others"], b"of both")
    erasure, etag = await planned(scene, person_id=scene.teacher)
    blobs = scene.district.stack.runtimes["observations"].blobs
    assert await blobs.exists(scene.district.id, own_hash), "a plan deletes nothing"
    assert (await apply(scene, erasure, etag))["state"] == "applied"
    assert not await blobs.exists(scene.district.id, own_hash)
    assert await blobs.exists(scene.district.id, both_hash)
    async with scene.acting("principal") as http:
        assert (await http.get(f"{others}/content")).content == b"of both"
        for path in (own, both):
            assert ok(await http.get(path)) | {"state": "erased", "name": "(erased)"} == ok(await http.get(path))
            refused(await http.get(f"{path}/content"), 409, "attachment-not-readable")
    assert not lines_with(await everything(scene), own_hash)
