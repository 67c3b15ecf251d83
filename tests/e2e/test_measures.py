"""From the roster to the measure, through HTTP alone: what the API's own rows say by hand is what the measures say."""

import random
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from shared.clock import new_id, now
from shared.testing.stack import District
from tests.analytics import oracle
from tests.observations.scenes import Framework, iso, ok, step

TEACHERS = 12


class Play:
    """A district of two schools, set up and played by its clients, and read back by them."""

    def __init__(self, district: District):
        self.district = district
        self.org, self.north, self.south = (new_id() for _ in range(3))
        self.principal = new_id()
        self.teachers = [new_id() for _ in range(TEACHERS)]
        self.framework = Framework()
        self.chance = random.Random(2)

    async def set_up(self):
        async with self.district.client() as http:
            await self._org(http, self.org, "District", "district", None)
            await self._org(http, self.north, "North", "school", self.org)
            await self._org(http, self.south, "South", "school", self.org)
            await self.put_person(http, self.principal, "principal", self.north)
            for teacher in self.teachers:
                await self.put_person(http, teacher, "teacher", self.north, begin_date="2020-08-01")
            await self.district.stack.settle()
            framework, version = (
                f"/v1/frameworks/{self.framework.id}",
                f"/v1/framework-versions/{self.framework.version_id}",
            )
            ok(await http.put(framework, json={"name": "Teaching", "external_ids": {}}), 201)
            drafted = ok(await http.put(version, json=self.framework.document()), 201)
            ok(await http.post(f"{version}/publish", headers={"If-Match": f'"{drafted["version"]}"'}))

    async def _org(self, http, org, name, kind, parent):
        body = {"name": name, "type": kind, "parent_id": str(parent) if parent else None, "external_ids": {}}
        ok(await http.put(f"/v1/orgs/{org}", json=body), 201)

    async def put_person(self, http, person, role, org, status=201, **dates):
        roles = [{"role": role, "org_id": str(org)} | dates] if role else []
        body = {"given_name": "Sam", "family_name": "Staff", "external_ids": {}, "roles": roles}
        return ok(await http.put(f"/v1/people/{person}", json=body, headers={"If-Match": "*"}), status)

    async def visit(self, teacher: UUID, at: datetime, hours: float | None):
        line = str(new_id())
        body = {
            "purpose": "coaching", "type": "informal", "state": "submitted", "teacher_id": str(teacher),
            "school_id": str(self.north), "framework_version_id": str(self.framework.version_id),
            "observed_at": iso(at), "submitted_at": iso(at + timedelta(minutes=40)),
            "script": [{"id": line, "at": iso(at), "text": "T asks.", "codes": [str(self.framework.indicators[0])]}],
            "scores": [{"indicator_id": str(self.framework.indicators[0]), "level": 3}],
            "feedback": {"body": "You asked an open question.", "evidence": [line], "next_steps": []},
        }  # fmt: skip
        if hours is not None:
            body |= {"state": "shared", "shared_at": iso(at + timedelta(hours=hours))}
        async with self.district.client(self.principal) as http:
            return ok(await http.post("/v1/observations", json=body), 201)

    async def measure(self, name: str, person: UUID | None = None, **query):
        async with self.district.client(person) as http:
            return ok(await http.get(f"/v1/measures/{name}", params=query))

    async def rows(self, path: str, **query):
        async with self.district.client() as http:
            return ok(await http.get(path, params={"limit": 500} | query))["data"]


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def as_observed(row) -> oracle.Observed:
    due, at = moment(row["feedback_due_at"]), moment(row["observed_at"])
    due_hours = (due - at) / timedelta(hours=1) if due and at else None
    return oracle.Observed(
        row["teacher_id"], row["school_id"], at, moment(row["shared_at"]), due_hours, row["state"], row["observer_id"]
    )


def as_assignment(row) -> oracle.Assignment:
    begin, end = (date.fromisoformat(row[name]) if row[name] else None for name in ("begin_date", "end_date"))
    return oracle.Assignment(row["person_id"], row["org_id"], begin, end, moment(row["archived_at"]))


async def assert_that_the_measures_are_those_of_the_rows(play: Play) -> int:
    latency = await play.measure("feedback_latency")
    observed = [as_observed(row) for row in await play.rows("/v1/observations", archived="include")]
    ties = await play.rows("/v1/relationships", kind="teaches_at", archived="include")
    as_of = moment(latency["as_of"])
    expected = oracle.latency(observed, as_of=as_of)
    shown = 0
    for cell in latency["data"]:
        brute = expected.get((cell["school_id"], cell["month"]))
        if brute is None:
            assert cell["counts"] == {"completed": 0, "pending": 0, "pending_overdue": 0}
        elif cell["counts"]["completed"] is not None:
            assert list(cell["counts"].values()) == [brute.completed, brute.pending, brute.pending_overdue]
            for name, value in (("p50_hours", brute.p50), ("p90_hours", brute.p90), ("on_time_rate", brute.on_time)):
                if not cell["values"][name]["suppressed"]:
                    assert (cell["values"][name]["n"], cell["values"][name]["value"]) == (
                        value.n,
                        pytest.approx(value.value),
                    )
                    shown += 1
    coverage = await play.measure("observation_coverage", as_of=latency["as_of"])
    months = sorted({cell["month"] for cell in coverage["data"]})
    brute = oracle.coverage(observed, map(as_assignment, ties), months=months, as_of=as_of)
    for cell in coverage["data"]:
        expected_value = brute.get((cell["school_id"], cell["month"]), oracle.share(0, 0))
        assert (cell["values"]["coverage"]["value"], cell["values"]["coverage"]["n"]) == (
            pytest.approx(expected_value.value), expected_value.n
        )  # fmt: skip
    return shown


async def test_a_season_played_through_the_api_is_measured_as_by_hand(district):
    play = Play(district)
    await play.set_up()
    made = []
    for _ in range(50):
        at = now().replace(microsecond=0) - timedelta(hours=play.chance.uniform(1, 24 * 75))
        longest = (now() - at) / timedelta(hours=1)
        hours = play.chance.choice([None, *(min(play.chance.uniform(0, 120), longest) for _ in range(3))])
        made.append(await play.visit(play.chance.choice(play.teachers), at, hours))
    await district.stack.settle()
    assert await assert_that_the_measures_are_those_of_the_rows(play) > 3

    # What happens next shows without any step of ours: one is voided, one answered, a teacher leaves.
    async with district.client(play.principal) as http:
        shared = next(row for row in made if row["state"] == "shared")
        ok(await step(http, "void", shared, reason="the wrong teacher"))
        waiting = next(row for row in made if row["state"] == "submitted")
        ok(await step(http, "share", waiting))
    before = await play.measure("observation_coverage", school_id=str(play.north))
    async with district.client() as http:
        await play.put_person(http, play.teachers[0], None, play.north, status=200)
    await district.stack.settle()
    assert await assert_that_the_measures_are_those_of_the_rows(play) > 3
    after = await play.measure("observation_coverage", school_id=str(play.north))
    teachers = [[cell["counts"]["teachers"] for cell in answer["data"]] for answer in (before, after)]
    assert set(teachers[0]) == {TEACHERS}
    assert teachers[1] == [*[TEACHERS] * 11, TEACHERS - 1]  # the months before keep their denominator


async def test_a_leader_sees_her_school_and_a_teacher_none(district):
    play = Play(district)
    await play.set_up()
    seen = {}
    for who in (None, play.principal, play.teachers[0]):
        answer = await play.measure("observation_coverage", who)
        seen[who] = {cell["school_name"] for cell in answer["data"]}
    assert seen == {None: {"North", "South"}, play.principal: {"North"}, play.teachers[0]: set()}
