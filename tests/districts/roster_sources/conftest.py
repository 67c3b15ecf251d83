import pytest

from services.districts.roster_pulls import client


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again soon: how often and in which order is what these tests are about."""
    monkeypatch.setattr(client, "FIRST", 0.01)
