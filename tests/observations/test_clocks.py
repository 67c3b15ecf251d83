"""When feedback is due, by the district's clock and calendar; and that it is told once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.calendars.queries import ZONE, levels_of
from services.observations.calendars.rules import Level, after_school_days, is_school_day, zone_of
from services.observations.feedback_notices.telling import tell_district
from services.observations.settings import ObservationsSettings
from shared.access.purposes import LeaderClass
from shared.clock import new_id, now
from shared.contracts.districts import CalendarState
from shared.feed.events import FeedEvent
from tests.observations.scenes import iso, ok
from tests.observations.test_life import POLICY, govern

YEAR = (date(2026, 8, 1), date(2027, 6, 30))
THANKSGIVING = {"2026-11-26": "holiday", "2026-11-27": "holiday"}


def level(zone="America/New_York", weekdays=None, days=None):
    return Level(*YEAR, zone, weekdays, days or {})


@pytest.mark.parametrize(
    ("levels", "start", "due"),
    [
        # Tuesday evening in New York is Wednesday in UTC; the fifth school day after Tuesday is the next Thursday week.
        ([level(days=THANKSGIVING)], datetime(2026, 11, 25, 1, tzinfo=UTC), datetime(2026, 12, 4, 5, tzinfo=UTC)),
        ([], datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        ([level(weekdays=[1, 2, 3, 4])], datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 12, 2, 5, tzinfo=UTC)),
        # The clocks change in between: midnight is still midnight there.
        ([level()], datetime(2026, 10, 28, 15, tzinfo=UTC), datetime(2026, 11, 5, 5, tzinfo=UTC)),
        # The school's own day goes before the district's holiday.
        (
            [level(days={"2026-11-27": "instructional"}), level(days=THANKSGIVING)],
            datetime(2026, 11, 23, 15, tzinfo=UTC),
            datetime(2026, 12, 2, 5, tzinfo=UTC),
        ),
    ],
)
def test_five_school_days(levels, start, due):
    assert after_school_days(levels, start, 5) == due


@given(
    st.datetimes(datetime(2026, 8, 2), datetime(2027, 5, 1), timezones=st.just(UTC)),
    st.integers(1, 30),
    st.sets(st.dates(*YEAR), max_size=40),
)
def test_between_the_visit_and_the_deadline_lie_so_many_school_days(start, amount, free):
    levels = [level(days={str(day): "holiday" for day in free})]
    due = after_school_days(levels, start, amount)
    zone = zone_of(levels, start)
    assert due.astimezone(zone).time() == time()
    first, last = start.astimezone(zone).date(), (due - timedelta(seconds=1)).astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(is_school_day(levels, day) for day in days) == amount
    assert is_school_day(levels, last)


async def told(school, **changes):
    """A calendar of the district, as its feed brings it."""
    state = CalendarState(
        id=new_id(), version=1, archived=False, org_id=school.staff.org, school_year=2027, time_zone="America/New_York",
        weekdays=[1, 2, 3, 4, 5, 6, 7], days=[], begin_date=date(2020, 1, 1), end_date=date(2030, 1, 1),
    ).model_copy(update=changes)  # fmt: skip
    data = state.model_dump(mode="json")
    event = FeedEvent(1, str(new_id()), "calendar.changed", school.district.id, "calendars", state.id, now(), data)
    stack = school.district.stack
    (kept,) = (s for s in stack.work["observations"].subscriptions if "calendar.changed" in s.types)
    async with stack.runtimes["observations"].database.transaction(school.district.id) as connection:
        await kept.apply(connection, school.district.id, [event])


async def test_a_school_has_the_time_zone_of_the_calendar_nearest_to_the_day_in_python_and_in_sql(school):
    """Its own goes before the district's of the very day; of its own one that is over is told by the next."""
    north, own, above = school.id, "America/Chicago", "America/New_York"
    for year, org, zone in (
        (2020, school.staff.org, above), (2024, school.staff.org, "UTC"), (2022, north, None), (2023, north, own),
        (2026, north, "America/Denver"),
    ):  # fmt: skip
        await told(school, org_id=org, time_zone=zone, begin_date=date(year, 8, 1), end_date=date(year + 1, 6, 30))
    south = school.staff.schools[1]
    database, found = school.district.stack.runtimes["observations"].database, {}
    async with database.transaction(school.district.id) as connection:
        levels = await levels_of(connection, school.district.id, [north, south])
        for place in (north, south):
            for year in (2019, 2021, 2023, 2024, 2025, 2027):
                at = datetime(year, 12, 1, tzinfo=UTC)
                said = await connection.fetchval(
                    f"""with recursive above (org_id, depth) as (
                          select $2::uuid, 0 union all select o.parent_id, a.depth + 1 from above a
                          join observations.copied_orgs o on o.district_id = $1 and o.id = a.org_id
                          where o.parent_id is not null)
                        select {ZONE} from (select $3::timestamptz as moment) g""",
                    school.district.id, place, at,
                )  # fmt: skip
                assert said == zone_of(levels[place], at).key, (place, year)
                found[place, year] = said
    assert [found[north, year] for year in (2019, 2023, 2024, 2025, 2027)] == [own] * 3 + ["America/Denver"] * 2
    assert [found[south, year] for year in (2019, 2021, 2024, 2027)] == [above, above, "UTC", "UTC"]


async def test_a_district_counts_in_school_days(school):
    await told(school)
    await govern(school, feedback_clock={"unit": "school_days", "amount": 5})
    first = await school.record()
    async with school.acting("principal") as http:
        body = school.visit()
        (second,) = ok(await http.post("/v1/observations/batch", json={"items": [body]}))["data"]
        row = ok(await http.get(f"/v1/observations/{second['id']}"))
    for made in (first, row):
        due = datetime.fromisoformat(made["feedback_due_at"])
        seen = datetime.fromisoformat(made["observed_at"])
        assert timedelta(days=4, hours=23) < due - seen <= timedelta(days=6, hours=1)
        assert due.strftime("%M:%S") == "00:00"
        assert due.hour in {4, 5}, "midnight in New York"


async def test_due_and_overdue_are_told_once_each(school):
    database = school.district.stack.runtimes["observations"].database
    settings = ObservationsSettings(**school.district.stack.settings)
    await govern(school, remind_before_hours=2)  # due after 24 hours
    made = await school.record(observed_at=iso(now() - timedelta(hours=20)))
    answered = await school.record(state="shared")
    moment = datetime.fromisoformat(made["feedback_due_at"])
    said = []
    for at in (-3, -1, -0.5, 0, 5, 50):
        for _ in range(2):
            told_now = await tell_district(database, settings, school.district.id, moment + timedelta(hours=at))
            said.append(told_now)
    assert said == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    kinds = [event["type"] for event in await school.events("observation.feedback_")]
    assert kinds == ["observation.feedback_due", "observation.feedback_overdue"]
    (event, _) = await school.events("observation.feedback_")
    assert event["subject"] == f"observations/{made['id']}"
    assert answered["shared_at"] is not None
    assert POLICY["feedback_clock"]["amount"] == 24


async def test_support_and_accountability_are_set_side_by_side(school):
    for changes in ({}, {"purpose": "evaluation"}, {"purpose": "walk", "lane": "accountability"}, {"state": "shared"}):
        await school.record(**changes)
    await school.record(teacher="colleague", purpose="evaluation")
    async with school.acting("teacher") as http:
        (own,) = ok(await http.get("/v1/lane-balances"))["data"]
    assert (own["support"], own["accountability"], own["support_share"]) == (2, 2, 0.5)
    assert own["interval"]["low"] == pytest.approx(1 - own["interval"]["high"]) == pytest.approx(0.15, abs=0.001)
    assert (own["support_shared"], own["is_accountability_only"]) == (1, False)
    async with school.acting("principal") as http:
        page = ok(await http.get("/v1/lane-balances", params={"limit": 1, "count": "true"}))
        more = ok(await http.get("/v1/lane-balances", params={"limit": 1, "count": "true", "after": page["next"]}))
    assert page["total"] == 2
    both = page["data"] + more["data"]
    assert {row["teacher_id"]: row["is_accountability_only"] for row in both} == {
        str(school.staff["teacher"]): False, str(school.staff["colleague"]): True,
    }  # fmt: skip
    whole = {"teacher_id": str(school.staff["teacher"]), "observed_from": "2020-01-01T00:00:00Z"}
    for name, seen in (("principal", [own]), (None, [own]), ("stranger", [])):
        async with school.acting(name) as http:
            assert ok(await http.get("/v1/lane-balances", params=whole))["data"] == seen, name
    async with school.acting("teacher") as http:
        one = {"teacher_id": str(school.staff["teacher"]), "observed_before": "2020-01-01T00:00:00Z"}
        assert ok(await http.get("/v1/lane-balances", params=one))["data"] == []


async def test_nobody_learns_from_two_balances_what_they_may_not_see_between_them(school):
    """Her coach and a lead teacher see no evaluation, her evaluator no coaching: so they see no sum of both either."""
    await school.staff.person("lead", ("leads", school.id), leader_class=LeaderClass.SCHOOL)
    await school.staff.person("evaluator", ("evaluates", school.staff["teacher"]))
    for purpose in ("coaching", "evaluation"):
        await school.record(purpose=purpose)
        for name in ("coach", "lead", "evaluator"):
            async with school.acting(name) as http:
                assert ok(await http.get("/v1/lane-balances", params={"count": "true"}))["total"] == 0, name
