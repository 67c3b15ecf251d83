from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.districts.webhooks.rules import RETRIES, DeliveryState, Outcome, judge, pause, wants

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def test_the_schedule_is_that_of_the_standard() -> None:
    """Standard Webhooks 1.0 recommends: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h."""
    waits = [judge(Outcome(status=500), n, NOW, 0.5).next_at for n in range(1, 10)]
    seconds = [round((at - NOW).total_seconds()) for at in waits if at is not None]
    assert seconds == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert judge(Outcome(status=500), 10, NOW, 0.5).state is DeliveryState.DEAD


@given(st.integers(100, 599), st.integers(1, 12), st.floats(0, 0.999))
def test_only_2xx_is_success_and_nothing_is_tried_for_ever(status: int, attempts: int, chance: float) -> None:
    verdict = judge(Outcome(status=status), attempts, NOW, chance)
    assert (verdict.state is DeliveryState.DELIVERED) == (200 <= status < 300)
    assert verdict.disables == (status == 410)
    if verdict.state is DeliveryState.PENDING:
        assert attempts <= len(RETRIES)
        assert verdict.next_at is not None
        assert abs(verdict.next_at - NOW - RETRIES[attempts - 1]) <= RETRIES[attempts - 1] * 0.21
    else:
        assert verdict.next_at is None


def test_a_wish_to_wait_is_heard_within_reason() -> None:
    busy = Outcome(status=429, retry_after=timedelta(minutes=20))
    assert judge(busy, 1, NOW, 0.5).next_at == NOW + timedelta(minutes=20)
    assert pause(busy, 1) == timedelta(minutes=20)
    greedy = Outcome(status=503, retry_after=timedelta(days=300))
    assert judge(greedy, 1, NOW, 0.5).next_at == NOW + timedelta(hours=1)


def test_an_endpoint_that_hangs_is_spared_and_one_that_refuses_a_message_is_not() -> None:
    assert [pause(Outcome(problem="timeout"), n).total_seconds() for n in (1, 2, 3, 50)] == [5, 10, 20, 300]
    assert pause(Outcome(status=400), 3) == timedelta()


@pytest.mark.parametrize(
    ("types", "purposes", "kind", "purpose", "wanted"),
    [
        ([], [], "observation.shared", "coaching", True),
        (["observation.*"], [], "observation.shared", "coaching", True),
        (["observation.*"], [], "observation_plan.shared", None, False),
        (["goal.changed"], [], "observation.shared", None, False),
        ([], ["walk"], "observation.shared", "evaluation", False),
        ([], ["walk"], "goal.changed", None, True),
    ],
)
def test_what_is_wanted(types: list[str], purposes: list[str], kind: str, purpose: str | None, wanted: bool) -> None:
    assert wants(types, purposes, kind, purpose) is wanted
