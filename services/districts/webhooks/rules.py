"""When a message is tried again, and what an answer means. Pure (Standard Webhooks 1.0, "Deliverability")."""

import fnmatch
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


PING = "webhook_ping.sent"
GONE = 410
BUSY = frozenset({429, 502, 503, 504})
# After the first attempt, which is at once.
RETRIES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
JITTER = 0.2
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
OUTAGE = 3  # failures in a row, whichever the messages
LONGEST_WISH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: a status, or the kind of failure; and how long the endpoint asked us to wait."""

    status: int | None = None
    problem: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Verdict:
    state: DeliveryState
    next_at: datetime | None
    disables: bool = False


def judge(outcome: Outcome, attempts: int, now: datetime, chance: float) -> Verdict:
    """Say how a delivery goes on after its `attempts`-th attempt. `chance` in [0, 1) spreads those that failed at once.

    Only 2xx is success; a redirect is not followed and fails. 410 says that nobody is there any more.
    """
    if outcome.is_good:
        return Verdict(DeliveryState.DELIVERED, None)
    if outcome.status == GONE:
        return Verdict(DeliveryState.DEAD, None, disables=True)
    if attempts > len(RETRIES):
        return Verdict(DeliveryState.DEAD, None)
    wait = RETRIES[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return Verdict(DeliveryState.PENDING, now + max(wait, wished(outcome)))


def wished(outcome: Outcome) -> timedelta:
    return min(outcome.retry_after or timedelta(), LONGEST_WISH)


def pause(outcome: Outcome, failures: int) -> timedelta:
    """Say how long the whole endpoint rests after its `failures`-th failure in a row.

    One that hangs or says that it is busy is spared; one that refuses a single message is not.
    """
    if outcome.status is not None and outcome.status not in BUSY:
        return timedelta()
    doubled: timedelta = SHORTEST_PAUSE * 2 ** min(failures - 1, 10)
    return max(min(doubled, LONGEST_PAUSE), wished(outcome))


def wants(types: list[str], purposes: list[str], kind: str, purpose: str | None) -> bool:
    """Say whether an endpoint wants to hear of it. No types are all types; `observation.*` is a noun's.

    Purposes choose among events that have one: what has none concerns no purpose and is always told.
    """
    return (not types or any(fnmatch.fnmatchcase(kind, pattern) for pattern in types)) and (
        not purposes or purpose is None or purpose in purposes
    )
