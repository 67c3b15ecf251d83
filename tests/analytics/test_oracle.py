"""The oracle itself, on cases small enough to count on one hand."""

from datetime import UTC, date, datetime

from tests.analytics.oracle import Assignment, Observed, coverage, latency, reference_day

ZONE = "America/New_York"
AS_OF = datetime(2025, 10, 15, 16, tzinfo=UTC)


def at(month, day, hour=15):
    return datetime(2025, month, day, hour, tzinfo=UTC)


def test_coverage_counts_those_assigned_on_the_reference_day():
    spells = [
        Assignment("ann", "north", None, None),
        Assignment("bob", "north", date(2025, 9, 1), date(2025, 9, 20)),  # gone before the month ends
        Assignment("cy", "north", date(2025, 10, 20), None),  # not there yet in mid-October
        Assignment("ann", "south", None, None),
        Assignment("dee", "south", None, date(2025, 9, 30)),  # her last day is the reference day
    ]
    seen = [
        Observed("ann", "north", at(9, 10), None, 48),
        Observed("bob", "north", at(9, 10), None, 48),
        Observed("ann", "north", at(10, 2), None, 48, status="voided"),
    ]
    cells = coverage(seen, spells, months=["2025-09", "2025-10"], as_of=AS_OF, zone=ZONE)
    assert {cell: (value.value, value.n) for cell, value in cells.items()} == {
        ("north", "2025-09"): (1.0, 1),
        ("north", "2025-10"): (0.0, 1),
        ("south", "2025-09"): (0.0, 2),
        ("south", "2025-10"): (0.0, 1),
    }


def test_a_month_begins_at_the_schools_own_midnight():
    seen = [Observed("ann", "north", datetime(2025, 10, 1, 3, tzinfo=UTC), at(10, 2), 48)]
    assert list(latency(seen, as_of=AS_OF, zone=ZONE)) == [("north", "2025-09")]
    assert list(latency(seen, as_of=AS_OF)) == [("north", "2025-10")]


def test_the_reference_day_is_the_last_one_or_today():
    assert reference_day("2024-02", AS_OF, ZONE) == date(2024, 2, 29)
    assert reference_day("2025-10", AS_OF, ZONE) == date(2025, 10, 15)
