"""The measures over HTTP: every cell is there, only to those who may see it, and never about too few."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.analytics.measures import service
from shared.clock import new_id, now
from tests.analytics.telling import observed, tie

LATENCY, COVERAGE = "/v1/measures/feedback_latency", "/v1/measures/observation_coverage"
AUTUMN = {"from": "2025-09", "to": "2025-11"}
AS_OF = "2025-11-15T12:00:00Z"


def at(month, day, hour=14):
    return datetime(2025, month, day, hour, tzinfo=UTC)


async def ask(told, path, who=None, **query):
    async with told.district.client(who) as http:
        answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def cells_of(answer):
    return {(cell["school_id"], cell["month"]): cell for cell in answer["data"]}


async def test_what_nobody_observed_is_there_too(told):
    school, empty = await told.school("North"), await told.school("Empty")
    teachers = await told.teachers(school, 10)
    await told.tell("observations", *(observed(teacher, school, at(10, 7), hours=30) for teacher in teachers[:6]))
    answer = await ask(told, COVERAGE, **AUTUMN, as_of=AS_OF)
    cells = cells_of(answer)
    assert set(cells) == {(str(s), m) for s in (school, empty) for m in ("2025-09", "2025-10", "2025-11")}
    october, november = cells[str(school), "2025-10"], cells[str(school), "2025-11"]
    assert october["counts"] == {"teachers": 10, "observed": 6}
    assert october["values"]["coverage"]["value"] == 0.6
    assert october["school_name"] == "North"
    assert october["numerator_window"] == {"first_day": "2025-10-01", "last_day": "2025-10-31"}
    assert november["denominator_window"] == {"first_day": "2025-11-15", "last_day": "2025-11-15"}
    assert (november["values"]["coverage"]["value"], november["values"]["coverage"]["n"]) == (0.0, 10)
    nobody = cells[str(empty), "2025-10"]["values"]["coverage"]
    assert (nobody["value"], nobody["n"], nobody["reason"]) == (None, 0, "empty_denominator")
    assert (answer["as_of"], answer["time_zone"], answer["n_min"]) == (AS_OF, "UTC", 5)


async def test_overdue_counts_as_late_and_what_is_not_due_yet_as_neither(told):
    school = await told.school()
    one, two, three, four, five, six = await told.teachers(school, 6)
    await told.tell(
        "observations",
        observed(one, school, at(10, 6), hours=10),
        observed(two, school, at(10, 6), hours=48),
        observed(three, school, at(10, 6), hours=100),
        observed(four, school, at(10, 6)),
        observed(five, school, at(10, 14)),
        observed(six, school, at(10, 6), hours=1, state="voided"),
        observed(six, school, at(10, 6), state="cancelled"),
        observed(six, school, at(10, 6), hours=1, due_hours=None, purpose="walk"),  # no feedback is owed
        observed(six, school, None, state="scheduled"),
    )
    cell = cells_of(await ask(told, LATENCY, as_of="2025-10-15T14:00:00Z"))[str(school), "2025-10"]
    assert cell["counts"] == {"completed": 3, "pending": 2, "pending_overdue": 1}
    assert cell["values"]["p50_hours"]["suppressed"]  # three teachers' hours
    # ... and the rate is four teachers'
    assert cell["values"]["on_time_rate"]["suppressed"]
    assert cell["values"]["median_with_pending"]["value"] == 100.0
    later = cells_of(await ask(told, LATENCY, as_of="2025-10-20T14:00:00Z"))[str(school), "2025-10"]
    assert later["counts"]["pending_overdue"] == 2
    assert later["values"]["on_time_rate"] == {
        "value": 0.4, "n": 5, "interval": later["values"]["on_time_rate"]["interval"],
        "method_version": "wilson_score.v1", "as_of": "2025-10-20T14:00:00Z", "suppressed": False, "reason": None,
    }  # fmt: skip


async def test_a_self_observation_covers_nobody(told):
    school = await told.school()
    teachers = await told.teachers(school, 5)
    await told.tell("observations", observed(teachers[0], school, at(10, 6), observer_id=teachers[0], type="self"))
    cell = cells_of(await ask(told, COVERAGE, as_of=AS_OF))[str(school), "2025-10"]
    assert cell["counts"] == {"teachers": 5, "observed": 0}


async def test_voiding_takes_out_of_every_cell_and_archiving_does_not(told):
    school = await told.school()
    states = [observed(teacher, school, at(10, 6), hours=5) for teacher in await told.teachers(school, 8)]
    await told.tell("observations", *states)
    await told.tell("observations", states[0].model_copy(update={"version": 2, "state": "voided"}))
    await told.tell("observations", states[1].model_copy(update={"version": 2, "archived": True}))
    latency = cells_of(await ask(told, LATENCY, as_of=AS_OF))[str(school), "2025-10"]
    coverage = cells_of(await ask(told, COVERAGE, as_of=AS_OF))[str(school), "2025-10"]
    assert latency["values"]["p50_hours"]["n"] == 7
    assert coverage["counts"]["observed"] == 7


async def test_who_left_since_still_counts_for_the_time_before(told):
    school = await told.school()
    await told.teachers(school, 6)
    gone = await told.teachers(school, 2, end=date(2025, 10, 15))
    kept = tie(new_id(), school)
    await told.tell("relationships", kept)
    withdrawn = tie(kept.person_id, school, withdrawn=at(11, 3), known_as=kept.id, version=2)
    await told.tell("relationships", withdrawn)
    await told.tell("relationships", tie(gone[0], school, begin=date(2025, 11, 1)))  # and came back
    cells = cells_of(await ask(told, COVERAGE, **AUTUMN, as_of="2025-12-24T00:00:00Z"))
    assert [cells[str(school), f"2025-{m}"]["counts"]["teachers"] for m in ("09", "10", "11")] == [9, 7, 7]
    before = cells_of(await ask(told, COVERAGE, as_of="2025-11-02T00:00:00Z"))
    assert before[str(school), "2025-11"]["counts"]["teachers"] == 8


async def test_too_few_teachers_are_not_shown_and_no_filter_changes_that(told):
    small, large, next_to_it = [await told.school(name) for name in ("Small", "Large", "Next to it")]
    few, many, more = [await told.teachers(where, n) for where, n in ((small, 4), (large, 6), (next_to_it, 5))]
    await told.tell("observations", *(observed(t, small, at(10, 6), hours=5) for t in few * 3))
    await told.tell("observations", *(observed(t, large, at(10, 6), hours=5) for t in many[:4]))
    for query in ({}, {"school_id": str(small)}, {"by": "school", "from": "2025-10", "to": "2025-10"}):
        for path in (COVERAGE, LATENCY):
            found = (await ask(told, path, as_of=AS_OF, **query))["data"]
            (cell,) = (c for c in found if c["school_id"] == str(small) and c["month"] in {None, "2025-10"})
            assert set(cell["counts"].values()) == {None}
            for value in cell["values"].values():
                assert (value["value"], value["n"], value["interval"]) == (None, None, None)
                assert (value["suppressed"], value["reason"]) == (True, "below_minimum_n")
    # Six are assigned there, so coverage is shown; four were observed, so their hours are not.
    cells = cells_of(await ask(told, COVERAGE, as_of=AS_OF))
    coverage = cells[str(large), "2025-10"]
    assert coverage["values"]["coverage"]["value"] == pytest.approx(4 / 6)
    # Else the total of all three, less the two that are shown, would be the four.
    assert len(more) == 5
    assert cells[str(next_to_it), "2025-10"]["counts"] == {"teachers": None, "observed": None}
    total = cells_of(await ask(told, COVERAGE, as_of=AS_OF, by="month"))[None, "2025-10"]
    assert total["counts"] == {"teachers": 15, "observed": 8}
    latency = cells_of(await ask(told, LATENCY, as_of=AS_OF))[str(large), "2025-10"]
    assert latency["values"]["p50_hours"]["suppressed"]


@pytest.mark.parametrize("query", [{"n_min": "1"}, {"teacher_id": str(new_id())}])
async def test_there_is_no_filter_that_would_single_somebody_out(told, query):
    async with told.district.client() as http:
        assert (await http.get(LATENCY, params=query)).status_code == 422


async def test_a_person_sees_the_schools_that_they_lead(told, other_district):
    north, south = await told.school("North"), await told.school("South")
    await told.teachers(north, 6)
    teachers = await told.teachers(south, 7)
    principal, head = await told.leader(north), await told.leader(north, south)
    await told.leader()  # a person without ties
    nobody = await told.leader()
    query = {"from": "2025-10", "to": "2025-10", "as_of": AS_OF}
    everything = await ask(told, COVERAGE, **query)
    assert {c["school_id"] for c in everything["data"]} == {str(north), str(south)}
    assert {c["school_id"] for c in (await ask(told, COVERAGE, principal, **query))["data"]} == {str(north)}
    assert (await ask(told, COVERAGE, nobody, **query))["data"] == []
    assert (await ask(told, COVERAGE, nobody, by="month", **query))["data"] == []
    pooled = [await ask(told, COVERAGE, who, by="month", **query) for who in (principal, head, None)]
    assert [answer["data"][0]["counts"]["teachers"] for answer in pooled] == [6, 13, 13]
    async with told.district.client(principal) as http:
        hidden = await http.get(COVERAGE, params={"school_id": str(south)})
        unknown = await http.get(COVERAGE, params={"school_id": str(new_id())})
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.json() == unknown.json()
    async with other_district.client() as http:
        assert (await http.get(COVERAGE)).json()["data"] == []
    assert teachers  # their ids are nowhere in an answer
    assert not any(str(teacher) in str(everything) for teacher in teachers)


@pytest.mark.parametrize("by", ["school", "month", "school,month"])
async def test_pages_join_to_the_whole(told, by):
    for _ in range(3):
        await told.teachers(await told.school(), 5)
    whole = await ask(told, COVERAGE, by=by, count="true", limit=500, as_of=AS_OF)
    assert whole["total"] == len(whole["data"]) == {"school": 3, "month": 12, "school,month": 36}[by]
    pages, after = [], {}
    async with told.district.client() as http:
        while True:
            answer = await http.get(COVERAGE, params={"by": by, "limit": 5, "as_of": AS_OF} | after)
            pages += answer.json()["data"]
            if answer.json()["next"] is None:
                assert "Link" not in answer.headers
                break
            assert f"after={answer.json()['next']}" in answer.headers["Link"]
            after = {"after": answer.json()["next"]}
    assert pages == whole["data"]


async def test_the_future_is_not_measured(told):
    await told.teachers(await told.school(), 5)
    ahead = now() + timedelta(days=90)
    answer = await ask(told, COVERAGE, as_of=ahead.isoformat(), to=f"{ahead:%Y-%m}")
    assert datetime.fromisoformat(answer["as_of"]) <= now()
    assert max(cell["month"] for cell in answer["data"]) <= f"{now():%Y-%m}"
    assert (await ask(told, COVERAGE, **{"from": f"{ahead:%Y-%m}"}))["data"] == []
    assert (await ask(told, COVERAGE, by="school", **{"from": "2025-10", "to": "2025-09"}))["data"] == []


async def test_many_durations_are_summarised_off_the_event_loop(told, monkeypatch):
    school = await told.school()
    rows = [observed(t, school, at(10, 6), hours=h) for h, t in enumerate(await told.teachers(school, 20))]
    await told.tell("observations", *rows)
    here = await ask(told, LATENCY, as_of=AS_OF)
    monkeypatch.setattr(service, "MANY_DURATIONS", 10)
    assert await ask(told, LATENCY, as_of=AS_OF) == here


async def test_the_catalogue_says_what_the_answers_hold(told):
    async with told.district.client() as http:
        catalogue = (await http.get("/v1/measures", params={"limit": 1})).json()
        rest = (await http.get("/v1/measures", params={"after": catalogue["next"], "count": "true"})).json()
    assert rest["total"] == 7
    await told.teachers(await told.school(), 5)
    by_month = [m for m in catalogue["data"] + rest["data"] if "month" in m["dimensions"]]
    assert len(by_month) == 3
    for measure in by_month:
        answer = await ask(told, f"/v1/measures/{measure['name']}")
        assert answer["method_version"] == measure["method_version"]
        cell = answer["data"][0]
        assert list(cell["counts"]) == measure["counts"]
        assert {n: v["method_version"] for n, v in cell["values"].items()} == {
            value["name"]: value["method_version"] for value in measure["values"]
        }


async def test_what_cannot_be_answered_says_so(told):
    async with told.district.client() as http:
        unknown = await http.get("/v1/measures/teacher_ranking")
        assert (unknown.status_code, unknown.json()["possible"]) == (
            404,
            ["coaching_dose", "feedback_latency", "observation_coverage"],
        )
        for query in (
            {"from": "2025-13"},
            {"to": "1899-01"},
            {"after": "x"},
            {"by": "teacher"},
            {"as_of": "yesterday"},
        ):
            assert (await http.get(LATENCY, params=query)).status_code == 422, query
    async with told.district.stack.client() as http:
        assert (await http.get(LATENCY)).status_code == 401
