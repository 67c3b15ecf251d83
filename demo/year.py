"""Plays what the story says, each person doing their own part, with `backfill` for a year that is over."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from demo import story, texts
from demo.api import Api
from demo.progress import Steps
from demo.setting import PHASES, Setting
from demo.story import Cycle, SchoolYear, Stop, Visit, Walk, name_id

MOST_CAME = 0.6  # of a school's teachers: then its plan's action counts as done


def iso(moment: datetime) -> str:
    return moment.isoformat()


async def play_year(api: Api, found: Setting, progress: Steps) -> None:
    """Play learning, visits with feedback, walks and coaching; what does not wait for another goes side by side."""
    schools = found.schools
    learning = [partial(_learning, api, found, s) for s in schools if s.story.offers_learning]
    await _side_by_side("Professional learning", learning, progress)
    visits = [partial(_visit, api, found, visit) for s in schools for visit in s.visits]
    await _side_by_side("Observations and feedback", visits, progress)
    walks = [partial(_walk, api, found, s, walk) for s in schools for walk in s.walks]
    await _side_by_side("Learning walks", walks, progress)
    cycles = [partial(_cycle, api, found, s, cycle) for s in schools for cycle in s.cycles]
    await _side_by_side("Coaching cycles", cycles, progress)


async def _side_by_side(title: str, parts: Sequence[Callable[[], Awaitable[None]]], progress: Steps) -> None:
    task = progress.add_task(title, total=len(parts))

    async def counted(part: Callable[[], Awaitable[None]]) -> None:
        await part()
        progress.advance(task)

    await asyncio.gather(*(counted(part) for part in parts))


async def _visit(api: Api, found: Setting, visit: Visit) -> None:
    """One observation: recorded by the observer, read and answered by the teacher."""
    made = await api.post("/v1/observations", _observation(found, visit), person=visit.observer)
    if visit.shared_after is None or visit.read_after is None:
        return
    read_at = visit.at + visit.shared_after + visit.read_after
    path = f"/v1/observations/{visit.id}"
    made = await api.post(f"{path}/read", {"at": iso(read_at)}, person=visit.teacher, version=made["version"])
    if visit.responds:
        answer = {"text": texts.RESPONSE, "at": iso(read_at + timedelta(minutes=9))}
        await api.post(f"{path}/respond", answer, person=visit.teacher, version=made["version"])


def _observation(found: Setting, visit: Visit) -> dict[str, Any]:
    lines = [
        {
            "id": str(name_id(visit.id, key)),
            "at": iso(visit.at + timedelta(minutes=4 * number)),
            "text": texts.SCRIPT[key][0 if seen else 1],
            "codes": [str(found.look_fors[key])],
        }
        for number, (key, seen) in enumerate(visit.marks.items())
    ]
    unseen = [key for key in story.TARGETS if not visit.marks[key]]
    body: dict[str, Any] = {
        "id": str(visit.id), "purpose": "coaching", "type": "informal", "teacher_id": str(visit.teacher),
        "school_id": str(visit.school), "framework_version_id": str(found.version),
        "observed_at": iso(visit.at), "ended_at": iso(visit.at + timedelta(minutes=20)),
        "submitted_at": iso(visit.at + timedelta(minutes=30)), "state": "submitted", "script": lines,
        "scores": [{"indicator_id": str(found.indicators[k]), "level": level} for k, level in visit.levels.items()],
        "look_fors": _marks(found, visit.marks),
    }  # fmt: skip
    if visit.shared_after is not None:
        steps = [{"text": texts.NEXT_STEP[key]} for key in unseen[:2]]
        cited = [line["id"] for line in lines[:2]]
        body |= {"state": "shared", "shared_at": iso(visit.at + visit.shared_after)}
        body["feedback"] = {"body": texts.FEEDBACK, "evidence": cited, "next_steps": steps}
    return body


def _marks(found: Setting, marks: dict[str, bool]) -> list[dict[str, str]]:
    return [
        {"look_for_id": str(found.look_fors[key]), "mark": "seen" if seen else "not_seen"}
        for key, seen in marks.items()
    ]


async def _learning(api: Api, found: Setting, school: SchoolYear) -> None:
    """Three afternoons in the autumn, then the credit for those who came."""
    activity, who = found.activities[school.id], school.principal
    for number, (day, came) in enumerate(zip(story.SESSION_DAYS, school.attendance, strict=True)):
        session = name_id(activity, "session", number)
        begins = story.at(day, 15)
        body = {
            "activity_id": str(activity),
            "starts_at": iso(begins),
            "minutes": 90,
            "facilitator_id": str(school.coach),
        }
        made = await api.put(f"/v1/pl-sessions/{session}", body, person=who)
        delivery = {
            "delivered_at": iso(begins + timedelta(minutes=90)),
            "attendance": [{"person_id": str(person), "minutes": 90} for person in came],
        }
        await api.post(f"/v1/pl-sessions/{session}/deliver", delivery, person=school.coach, version=made["version"])
    offered = await api.get(f"/v1/pl-activities/{activity}", person=who)
    if offered["state"] == "offered":
        await api.post(f"/v1/pl-activities/{activity}/complete", person=who, version=offered["version"])
    if school.story.attends > MOST_CAME:
        path = f"/v1/plan-actions/{name_id(found.district, 'action', school.id)}"
        action = await api.get(path, person=who)
        done = {key: action[key] for key in ("work_plan_id", "goal_id", "owner_id", "due_date", "title")}
        await api.put(path, done | {"state": "done"}, person=who, version=action["version"])


async def _walk(api: Api, found: Setting, school: SchoolYear, walk: Walk) -> None:
    """A team asks what is working, and says what the answer informs."""
    who, path = school.principal, f"/v1/learning-walks/{walk.id}"
    keys = list(story.LOOK_FORS)
    body = {
        "focus_question": "What is working when students explain their thinking?", "school_id": str(school.id),
        "framework_version_id": str(found.version), "look_for_ids": [str(found.look_fors[key]) for key in keys],
        "team_ids": [str(who), str(school.coach), str(school.teachers[0])], "scheduled_at": iso(walk.at),
    }  # fmt: skip
    now = await api.get_or_none(path, person=who) or await api.put(path, body, person=who)
    if now["state"] == "draft":
        now = await api.post(f"{path}/schedule", person=who, version=now["version"])
    if now["state"] == "scheduled":
        now = await api.post(f"{path}/start", {"at": iso(walk.at)}, person=who, version=now["version"])
    if now["state"] == "in_progress":
        for stop in walk.stops:
            await api.put(f"/v1/walk-stops/{stop.id}", _stop(found, walk, stop), person=who)
        now = await api.get(path, person=who)
        now = await api.post(f"{path}/debrief", _debrief(found, walk), person=who, version=now["version"])
    if now["state"] == "debriefed":
        at = walk.at + timedelta(days=2)
        await api.post(f"{path}/share", {"at": iso(at)}, person=who, version=now["version"])
    await _inform(api, found, school, walk)


def _stop(found: Setting, walk: Walk, stop: Stop) -> dict[str, Any]:
    strong = [key for key in story.TARGETS if stop.marks[key]]
    key = strong[0] if strong else story.TARGETS[0]
    evidence = {
        "kind": "strength" if strong else "wonder",
        "text": texts.SCRIPT[key][0 if strong else 1],
        "look_for_id": str(found.look_fors[key]),
    }
    return {
        "walk_id": str(walk.id), "at": iso(stop.at), "minutes": 7, "grade": stop.grade,
        "marks": _marks(found, stop.marks), "evidence": [evidence],
    }  # fmt: skip


def _debrief(found: Setting, walk: Walk) -> dict[str, Any]:
    seen = sum(stop.marks["reasoning"] for stop in walk.stops) * 2 > len(walk.stops)
    pattern = {
        "kind": "strength" if seen else "wonder",
        "statement": texts.PATTERNS[seen],
        "look_for_id": str(found.look_fors["reasoning"]),
    }
    return {"patterns": [pattern], "debriefed_at": iso(walk.at + timedelta(days=1))}


async def _inform(api: Api, found: Setting, school: SchoolYear, walk: Walk) -> None:
    activity = found.activities.get(school.id)
    target = ("pl_activity", activity) if activity else ("plan_action", name_id(found.district, "action", school.id))
    body = {
        "source_kind": "learning_walk", "source_id": str(walk.id), "target_kind": target[0],
        "target_id": str(target[1]), "note": "What we saw is where the next session starts.",
        "linked_at": iso(walk.at + timedelta(days=1)),
    }  # fmt: skip
    await api.put(f"/v1/evidence-links/{name_id(walk.id, 'informs')}", body, person=school.principal)


async def _cycle(api: Api, found: Setting, school: SchoolYear, cycle: Cycle) -> None:
    """A teacher asks for coaching after feedback; the pair meets for six weeks."""
    path = f"/v1/coaching-cycles/{cycle.id}"
    now = await api.get_or_none(path, person=cycle.coachee) or await api.put(
        path, _request(found, school, cycle), person=cycle.coachee
    )
    if now["state"] == "requested":
        body = {"coach_id": str(cycle.coach)}
        now = await api.post(f"{path}/match", body, person=school.principal, version=now["version"])
    if now["state"] == "matched":
        now = await api.post(f"{path}/activate", {"at": iso(cycle.begins)}, person=cycle.coach, version=now["version"])
    if now["state"] != "active":
        return
    for number, (kind, held_at, minutes) in enumerate(cycle.sessions):
        session = {
            "cycle_id": str(cycle.id), "type": kind, "held_at": iso(held_at), "minutes": minutes,
            "notes": "We watched two minutes of the recording and counted the pauses.",
        }  # fmt: skip
        await api.put(f"/v1/coaching-sessions/{name_id(cycle.id, number)}", session, person=cycle.coach)
    step = {"cycle_id": str(cycle.id), "what": texts.NEXT_STEP["wait_time"], "is_met": cycle.outcome == "goal_met"}
    await api.put(f"/v1/action-steps/{name_id(cycle.id, 'step')}", step, person=cycle.coach)
    await _finish(api, path, cycle)


async def _finish(api: Api, path: str, cycle: Cycle) -> None:
    now = await api.get(path, person=cycle.coach)
    keys = [phase["key"] for phase in PHASES]
    for key in keys[keys.index(now["phase"]) + 1 :]:
        now = await api.post(f"{path}/advance", {"phase": key}, person=cycle.coach, version=now["version"])
    ended = cycle.sessions[-1][1] + timedelta(days=1)
    body = {"outcome": cycle.outcome, "at": iso(ended)}
    await api.post(f"{path}/complete", body, person=cycle.coach, version=now["version"])


def _request(found: Setting, school: SchoolYear, cycle: Cycle) -> dict[str, Any]:
    return {
        "model_id": str(name_id(found.district, "cycle-model")), "coachee_id": str(cycle.coachee),
        "org_id": str(school.id), "goal_id": str(found.school_goals[school.id]),
        "observation_id": str(cycle.from_visit) if cycle.from_visit else None,
        "look_for_id": str(found.look_fors["wait_time"]), "focus": "Pauses after questions",
        "requested_at": iso(cycle.begins - timedelta(days=3)),
        "goal": {"statement": "I wait three seconds after each open question", "kind": "peers", "baseline": 0.3,
                 "target": 0.8, "unit": "share of questions"},
    }  # fmt: skip
