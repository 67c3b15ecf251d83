from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.districts.staff_assignments.rules import FULL, POSITIONS, Share, classification_of, meet, overloads

DAYS = st.dates(date(2026, 1, 1), date(2026, 2, 28))


@st.composite
def shares(draw: st.DrawFn) -> Share:
    begin = draw(DAYS)
    end = draw(st.none() | DAYS.map(lambda day: max(day, begin)))
    return Share(draw(st.sampled_from([0.25, 0.5, 0.75, 1.0])), begin, end)


@given(st.lists(shares(), max_size=6), DAYS)
def test_a_day_is_named_if_and_only_if_its_sum_is_more_than_one(held: list[Share], day: date) -> None:
    total = sum(s.fte for s in held if s.begin <= day and (s.end is None or day <= s.end))
    named = [s.fte for s in overloads(held) if s.begin <= day and (s.end is None or day <= s.end)]
    assert named == ([total] if total > FULL else [])


def test_three_thirds_are_one() -> None:
    third = Share(1 / 3, date(2026, 1, 1), None)
    assert overloads([third, third, third]) == []
    assert overloads([third] * 4) == [Share(1.333333, date(2026, 1, 1), None)]


def test_an_extension_is_other_for_ed_fi() -> None:
    assert classification_of("assistant_principal").endswith("#Assistant Principal")
    assert classification_of("ext:equityLead").endswith("#Other")
    assert len(set(POSITIONS.values())) == len(POSITIONS)


def test_stretches_meet_on_a_shared_day() -> None:
    january = Share(1, date(2026, 1, 1), date(2026, 1, 31))
    assert meet(january, Share(1, date(2026, 1, 31), None))
    assert not meet(january, Share(1, date(2026, 2, 1), None))
