from hypothesis import assume, given
from hypothesis import strategies as st

from services.districts.school_attributes.rules import ALONE, FAMILIES, RACES, SEXES, TOTAL, faults, hidden
from services.districts.school_attributes.schemas import EnrollmentCounts

N_MIN = 10
COUNTS = st.one_of(st.integers(0, 15), st.integers(0, 400))


def of(groups: tuple[str, ...]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(groups), COUNTS, max_size=len(groups))


@given(of(RACES), of(SEXES), of(ALONE), COUNTS)
def test_no_small_number_is_shown_or_can_be_worked_out(
    races: dict[str, int], sexes: dict[str, int], alone: dict[str, int], more: int
) -> None:
    total = max(sum(races.values()), sum(sexes.values()), *alone.values(), 0) + more
    counts = {TOTAL: total} | races | sexes | alone
    assert faults(counts) == []
    gone = hidden(counts, N_MIN)
    shown = {name: n for name, n in counts.items() if name not in gone}
    if TOTAL not in shown:
        assert (total < N_MIN, shown) == (True, {})
        return
    for name in ALONE:
        assert name not in shown or N_MIN <= shown[name] <= total - N_MIN
    for groups in FAMILIES.values():
        parts = {name: n for name, n in counts.items() if name in groups}
        seen = {name: n for name, n in parts.items() if name in shown}
        assert all(n == 0 or n >= N_MIN for n in seen.values())
        # What is not shown can be anything from none to all of what is left, and that is not few.
        left, rest = total - sum(seen.values()), total - sum(parts.values())
        assert left == 0 or left >= N_MIN
        assert len(parts) == len(seen) or len(parts) - len(seen) + (rest > 0) >= 2


@given(of(RACES), COUNTS)
def test_big_numbers_are_shown(races: dict[str, int], more: int) -> None:
    assume(all(n == 0 or n >= N_MIN for n in races.values()) and (more == 0 or more >= N_MIN))
    counts = {TOTAL: sum(races.values()) + more} | races
    assume(counts[TOTAL] >= N_MIN)
    assert hidden(counts, N_MIN) == frozenset()


def test_a_single_small_group_takes_the_next_one_with_it() -> None:
    assert hidden({TOTAL: 100, "asian": 4, "white": 60, "hispanic_or_latino": 36}, N_MIN) == {
        "asian", "hispanic_or_latino",
    }  # fmt: skip
    assert hidden({TOTAL: 100, "female": 95, "male": 5}, N_MIN) == {"female", "male"}
    assert hidden({TOTAL: 100, "homeless": 3, "gifted": 50, "economically_disadvantaged": 98}, N_MIN) == {
        "homeless", "economically_disadvantaged",
    }  # fmt: skip
    assert hidden({TOTAL: 9, "female": 9}, N_MIN) == {TOTAL, "female"}


def test_what_cannot_be_true_is_said() -> None:
    assert [e.pointer for e in faults({TOTAL: 5, "white": 6})] == ["#/enrollment/white"]
    assert [e.code for e in faults({TOTAL: 5, "white": 3, "asian": 3})] == ["above_total"]
    assert faults({TOTAL: 5, "white": 3, "homeless": 3}) == []


def test_every_group_has_its_rule() -> None:
    assert set(EnrollmentCounts.model_fields) == {TOTAL, *RACES, *SEXES, *ALONE}
