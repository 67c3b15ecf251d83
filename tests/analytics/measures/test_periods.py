from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.analytics.measures.periods import months_before, months_between, period_of
from services.analytics.settings import AnalyticsSettings, zone_of

NEW_YORK = ZoneInfo("America/New_York")
LATE = datetime(2026, 6, 1, tzinfo=UTC)


def test_months_go_over_the_end_of_the_year():
    assert list(months_between("2025-11", "2026-02")) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert list(months_between("2026-02", "2026-01")) == []
    assert months_before("2026-02", 11) == "2025-03"
    assert months_before("2026-02", 0) == "2026-02"
    assert months_before("2026-02", 2) == "2025-12"


def test_a_month_is_one_of_the_districts_own_calendar():
    period = period_of("2025-11", "2025-11", as_of=LATE, zone=NEW_YORK, name="2025-11")
    assert (period.first_day, period.last_day) == (date(2025, 11, 1), date(2025, 11, 30))
    # The clocks change within it: it begins in summer time and ends in winter time.
    assert period.starts == datetime(2025, 11, 1, 4, tzinfo=UTC)
    assert period.ends == datetime(2025, 12, 1, 5, tzinfo=UTC)


def test_a_running_month_ends_today():
    as_of = datetime(2025, 10, 1, 3, tzinfo=UTC)  # still the last of September in New York
    assert period_of("2025-09", "2025-09", as_of=as_of, zone=NEW_YORK).last_day == date(2025, 9, 30)
    assert period_of("2025-10", "2025-10", as_of=as_of, zone=UTC).last_day == date(2025, 10, 1)


def test_utc_needs_no_database_of_zones():
    assert zone_of("UTC") is UTC


@pytest.mark.parametrize("name", ["America/Atlantis", "../etc/passwd", ""])
def test_a_zone_that_nobody_knows_is_refused_at_the_start(name):
    with pytest.raises(ValueError, match="time-zone"):
        AnalyticsSettings(database_url="x", relay_database_url="x", time_zone=name)
