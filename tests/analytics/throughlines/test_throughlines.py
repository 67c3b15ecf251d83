"""One goal followed through HTTP: what its document says, what is missing, who may read it, what stays hidden."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from shared.clock import new_id
from shared.testing.stack import new_district
from tests.analytics.line import STARTS, Line

DAY = timedelta(days=1)
ENDS = STARTS + 14 * DAY


class Year:
    """Ids of what a school did for its goal in a year."""

    top: UUID
    goal: UUID
    action: UUID
    activity: UUID
    walk: UUID


async def a_year(line: Line) -> Year:
    """Five teachers learn to ask; they are seen before and after, the walk informs it, five are coached."""
    year = Year()
    vision = await line.put("visions", org_id=line.staff.org, statement="All children ask", domains=["instruction"])
    year.top = await line.goal("district", vision_id=vision, baseline=0.2, target=0.6)
    year.goal = await line.goal(parent_id=year.top, baseline=0.2, target=0.6, title="More talk that teaches")
    year.action = await line.action(year.goal, due_date="2024-06-30", state="done")
    year.activity = await line.activity(plan_action_id=year.action)
    people = line.teachers()[:5]
    year.walk = await line.walk(STARTS - 20 * DAY, [["not_seen", "not_seen", None]] * 5)
    await line.link(("learning_walk", year.walk), ("pl_activity", year.activity))
    await line.record(*(line.visit(t, STARTS - DAY, ["not_seen", "not_seen"]) for t in line.teachers()))
    for at in (STARTS, ENDS):
        await line.deliver(year.activity, at, people)
    await line.act("pl-activities", year.activity, "complete")
    await line.record(
        *(line.visit(t, ENDS + 3 * DAY, ["seen", "seen" if n else "not_seen"]) for n, t in enumerate(line.teachers()))
    )
    await line.walk(ENDS + 20 * DAY, [["seen", "seen", None]] * 5)
    shared = [
        line.visit(t, STARTS - 2 * DAY, [], state="shared", shared_at=STARTS - DAY,
                   read_at=STARTS if n else None, feedback={"body": "You asked.", "evidence": [line_id]},
                   script=[{"id": line_id, "at": (STARTS - 2 * DAY).isoformat(), "text": "T asks."}])
        for n, t in enumerate(people)
        for line_id in [str(new_id())]
    ]  # fmt: skip
    await line.record(*shared)
    for n, visit in enumerate(shared):
        held = [(STARTS + 7 * DAY, 30), (STARTS + 21 * DAY, 45)]
        await line.cycle(
            f"teacher 0{n}", held, complete=True, known_model=n > 0, goal_id=year.goal, observation_id=visit["id"]
        )
    await line.settle()
    return year


def codes(throughline: dict) -> list[str]:
    return [gap["code"] for gap in throughline["missing"]]


def observed(learning: dict, group: str = "all") -> dict:
    (row,) = [r for r in learning["application"]["rows"] if (r["source"], r["group"]) == ("observations", group)]
    return row


async def test_a_goal_is_followed_from_the_vision_to_the_classroom(line: Line) -> None:
    year = await a_year(line)
    found = await line.ask(f"/v1/throughlines/{year.goal}", "principal 0")
    assert (found["goal"]["title"], found["goal"]["level"]) == ("More talk that teaches", "school")
    assert [goal["id"] for goal in found["above"]["goals"]] == [str(year.top)]
    assert found["above"]["vision"]["statement"] == "All children ask"
    assert [(a["title"], a["state"], a["is_late"]) for a in found["actions"]] == [("Learn to ask", "done", False)]
    (learning,) = found["professional_learning"]
    assert [p["title"] for p in learning["target_practices"]] == ["Practice 0", "Practice 1"]
    assert learning["sessions"] == {"planned": 0, "delivered": 2, "cancelled": 0}
    assert learning["attendance"] == {"people": 5, "minutes": 900, "credited": 5, "credit_hours": 15.0}
    values = observed(learning)["values"]
    assert (values["before"]["value"], values["before"]["n"]) == (0.0, 12)
    assert (values["after"]["value"], values["after"]["n"]) == (pytest.approx(11 / 12), 12)
    assert values["difference"]["interval"]["low"] > 0
    assert learning["application"]["lag_days"]["value"] == 17.0
    (walk,) = found["walks"]
    assert (walk["id"], walk["stops"]) == (str(year.walk), 5)
    assert walk["informed"] == [{"kind": "pl_activity", "id": str(year.activity)}]
    assert found["coaching"]["counts"] == {
        "requested": 0, "cycles": 5, "under_way": 0, "completed": 5, "withdrawn": 0
    }  # fmt: skip
    assert found["coaching"]["values"]["minutes_mean"]["value"] == 75
    assert found["feedback"]["counts"] == {"observations": 5, "shared": 5, "read": 4, "responded": 0}
    assert found["feedback"]["values"]["read_rate"]["value"] == 0.8
    assert codes(found) == ["no_comparison"]
    assert found["left_out"] == {"goals": 0, "actions": 0, "professional_learning": 0, "walks": 0}


async def test_a_district_goal_gathers_its_schools(line: Line) -> None:
    year = await a_year(line)
    found = await line.ask(f"/v1/throughlines/{year.top}", "superintendent")
    assert [goal["id"] for goal in found["below"]["goals"]] == [str(year.goal)]
    assert [(org["org_name"], org["goals"], org["actions_done"], org["walks"]) for org in found["orgs"]] == [
        ("District", 1, 0, 0),
        ("North", 1, 1, 1),
        ("South", 0, 0, 0),
    ]
    assert found["coaching"]["counts"]["completed"] == 5
    (learning,) = found["professional_learning"]
    (school,) = [r for r in learning["application"]["schools"] if r["source"] == "observations"]
    assert (school["school_name"], school["counts"]["looks_after"]) == ("North", 12)
    gaps = {gap["code"]: gap["message"] for gap in found["missing"]}
    assert gaps["no_school_goal"] == "South has no goal of its own under this one."


async def test_what_is_missing_is_said_in_sentences(line: Line) -> None:
    goal = await line.goal()
    await line.settle()
    found = await line.ask(f"/v1/throughlines/{goal}")
    assert codes(found) == [
        "no_goal_above", "no_vision", "no_target", "no_action", "no_learning", "no_walk_informed", "no_coaching",
        "no_feedback",
    ]  # fmt: skip
    action = await line.action(goal, due_date="2024-01-31")
    bare = await line.activity(goal_id=goal, target_look_for_ids=[])
    unseen = await line.activity(goal_id=goal, title="Wait time")
    await line.deliver(unseen, STARTS, line.teachers())
    await line.settle()
    found = await line.ask(f"/v1/throughlines/{goal}")
    about = {(gap["code"], gap["about"]) for gap in found["missing"] if gap["about"]}
    assert about == {
        ("action_late", str(action)),
        ("action_without_learning", str(action)),
        ("no_target_practices", str(bare)),
        ("not_delivered", str(bare)),
        ("nobody_looked_before", str(unseen)),
        ("nobody_looked_after", str(unseen)),
        ("no_walk_after", str(unseen)),
    }
    late = next(gap for gap in found["missing"] if gap["code"] == "action_late")
    assert late["message"] == "“Learn to ask” was due on 2024-01-31 and is planned."


async def test_who_may_read_which_goal(line: Line) -> None:
    top = await line.goal("district")
    north, south = await line.goal(parent_id=top), await line.goal(parent_id=top, school=1)
    own = await line.goal("individual", owner_id=line.teachers()[0], parent_id=north)
    await line.settle()
    asked = {
        who: [await status(line, goal, who) for goal in (top, north, south, own)]
        for who in (None, "superintendent", "principal 0", "teacher 00", "teacher 10", "visitor")
    }
    assert asked == {
        None: [200, 200, 200, 404],
        "superintendent": [200, 200, 200, 404],
        "principal 0": [200, 200, 404, 404],
        "teacher 00": [200, 200, 404, 404],
        "teacher 10": [200, 404, 200, 404],
        "visitor": [200, 404, 404, 404],
    }
    seen = await line.ask(f"/v1/throughlines/{top}", "teacher 00")
    assert [goal["id"] for goal in seen["below"]["goals"]] == [str(north)]
    assert (seen["left_out"]["goals"], [org["org_name"] for org in seen["orgs"]]) == (1, ["District", "North"])
    assert seen["below"]["individual_goals"] is None  # one owner


async def status(line: Line, goal: UUID, who: str | None) -> int:
    async with line.acting(who) as http:
        return (await http.get(f"/v1/throughlines/{goal}")).status_code


async def test_no_person_is_in_it(line: Line) -> None:
    year = await a_year(line)
    people = {str(person) for person in line.staff.people.values()}
    for who in ("teacher 00", "principal 0", "superintendent", None):
        for goal in (year.goal, year.top):
            text = orjson.dumps(await line.ask(f"/v1/throughlines/{goal}", who)).decode()
            assert not [person for person in people if person in text]


async def test_numbers_of_too_few_people_are_hidden_from_everybody(line: Line) -> None:
    goal = await line.goal()
    activity = await line.activity(goal_id=goal)
    await line.deliver(activity, STARTS, line.teachers()[:3])
    await line.act("pl-activities", activity, "complete")
    await line.record(*(line.visit(t, STARTS + DAY, ["seen"]) for t in line.teachers()[:3]))
    await line.cycle("teacher 00", [(STARTS, 30)], goal_id=goal)
    await line.settle()
    for who in (None, "principal 0", "teacher 01"):
        found = await line.ask(f"/v1/throughlines/{goal}", who)
        (learning,) = found["professional_learning"]
        assert set(learning["attendance"].values()) == {None}
        assert observed(learning)["values"]["after"]["suppressed"]
        assert learning["application"]["lag_days"]["suppressed"]
        assert {name for name, count in found["coaching"]["counts"].items() if count is None} == {
            "cycles", "under_way", "completed", "withdrawn"
        }  # fmt: skip
        assert [org["cycles"] for org in found["orgs"]] == [None]
        assert "too_few_to_show" in codes(found)


async def test_what_is_archived_or_dropped_is_not_followed(line: Line) -> None:
    top = await line.goal("district")
    dropped, kept = await line.goal(parent_id=top), await line.goal(parent_id=top)
    await line.act("goals", dropped, "drop")
    for goal in (dropped, kept):
        activity = await line.activity(goal_id=goal, title=f"for {goal}")
    await line.act("pl-activities", activity, "archive")
    archived = await line.goal()
    await line.act("goals", archived, "archive")
    await line.settle()
    found = await line.ask(f"/v1/throughlines/{top}")
    assert [goal["id"] for goal in found["below"]["goals"]] == [str(kept)]
    assert found["professional_learning"] == []
    await line.ask(f"/v1/throughlines/{archived}", status=404)


async def test_another_districts_goal_does_not_exist(line: Line) -> None:
    goal = await line.goal("district")
    await line.settle()
    other = await new_district(line.district.stack)
    async with other.client() as http:
        assert (await http.get(f"/v1/throughlines/{goal}")).status_code == 404
        assert (await http.get("/v1/throughlines/x")).status_code == 422
