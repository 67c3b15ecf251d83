from datetime import UTC, datetime, timedelta

import pytest

from shared.jobs.worker import Chore


async def nothing(runtime):
    pass


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 5, 4, 1, 0, tzinfo=UTC), datetime(2026, 5, 4, 2, 30, tzinfo=UTC)),
        (datetime(2026, 5, 4, 2, 30, tzinfo=UTC), datetime(2026, 5, 5, 2, 30, tzinfo=UTC)),
        (datetime(2026, 5, 4, 23, 0, tzinfo=UTC), datetime(2026, 5, 5, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_nightly_chore(moment, due):
    assert Chore("tidy", nothing, at=timedelta(hours=2, minutes=30)).due_after(moment) == due


def test_a_chore_of_every_quarter_of_an_hour():
    chore = Chore("look", nothing, every=timedelta(minutes=15))
    moment = datetime(2026, 5, 4, 1, 14, 59, tzinfo=UTC)
    assert chore.due_after(moment) == datetime(2026, 5, 4, 1, 15, tzinfo=UTC)
    assert chore.due_after(chore.due_after(moment)) == datetime(2026, 5, 4, 1, 30, tzinfo=UTC)
