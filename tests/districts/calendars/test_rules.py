from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.districts.calendars.rules import (
    WEEKEND,
    WORKING,
    Kind,
    Level,
    day_of,
    days_between,
)

BEGIN, END = date(2026, 8, 17), date(2027, 6, 11)
DAYS = st.dates(BEGIN, END)
LISTED = st.dictionaries(DAYS.map(str), st.sampled_from(list(Kind)).map(lambda kind: said(kind.value)), max_size=30)


def said(kind: str, label: str | None = None, bell_schedule: str | None = None) -> dict[str, str | None]:
    return {"kind": kind, "label": label, "bell_schedule": bell_schedule}


def level(**given: object) -> Level:
    return Level(BEGIN, END, **given)  # type: ignore[arg-type]


@settings(
    suppress_health_check=[HealthCheck.too_slow]
)  # the first draws load tables; on a busy machine that takes long
@given(LISTED, LISTED, DAYS, st.integers(0, 40))
def test_the_counts_are_those_of_the_days_by_hand(own: dict, above: dict, first: date, length: int) -> None:  # type: ignore[type-arg]
    levels = [level(days=own), level(days=above, weekdays=(1, 2, 3, 4))]
    last = first + timedelta(days=length)
    kinds = {}
    for n in range(length + 1):
        day = first + timedelta(days=n)
        usual = "instructional" if day.weekday() < (4 if day <= END else 5) else WEEKEND
        kinds[day] = ({**above, **own}.get(str(day)) or {"kind": usual})["kind"]
    assert {it.day: it.kind for it in days_between(levels, first, last)} == kinds
    days = days_between(levels, first, last)
    assert [it.day for it in days if it.is_instructional] == [day for day in kinds if kinds[day] == "instructional"]
    assert [it.day for it in days if it.is_working] == [day for day in kinds if kinds[day] in WORKING]
    assert all(it.is_working for it in days if it.is_instructional)


def test_of_a_day_the_nearest_calendar_decides() -> None:
    district = level(days={"2026-11-26": said("holiday", "Thanksgiving"), "2026-09-07": said("holiday")})
    school = level(days={"2026-11-26": said("staff_day")})
    assert day_of([school, district], date(2026, 11, 26)).kind == "staff_day"
    assert day_of([school, district], date(2026, 9, 7)).kind == "holiday"
    assert day_of([district], date(2026, 11, 26)).label == "Thanksgiving"
    assert day_of([], date(2026, 11, 28)).kind == WEEKEND


def test_bells_ring_by_weekday_unless_the_day_says_others() -> None:
    bells = [
        {"name": "regular", "weekdays": [1, 2, 4, 5], "periods": []},
        {"name": "early release", "weekdays": [3], "periods": []},
    ]
    levels = [level(days={"2026-09-10": said("instructional", None, "assembly"), "2026-09-11": said("closure")}),
              level(bell_schedules=bells)]  # fmt: skip
    rung = [it.bell_schedule for it in days_between(levels, date(2026, 9, 8), date(2026, 9, 12))]
    assert rung == ["regular", "early release", "assembly", None, None]
