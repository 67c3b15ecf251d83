"""Rate limits: so many requests a minute for each client, whichever process it reaches.

Windows are fixed and the same for all. A process takes a twentieth of a client's window from Redis at a time, by one
INCRBY, and counts it down by itself: twenty round trips a minute at most, and none for nearly all requests. What a
process has taken and not used is lost to the others, so with many processes a client may be held up to a few twentieths
early, never late. When Redis is down each process counts alone; nobody is refused because of Redis.
"""

import asyncio
import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.types import Scope

from shared import metrics
from shared.clock import timestamp
from shared.errors import TooManyRequests
from shared.tracing import current_trail

LEASES_PER_WINDOW = 20
REDIS_PATIENCE = 0.1
REDIS_PAUSE = 2.0
_IPV6_SITE = 64  # what one subscriber of an internet provider gets, so one key

log = structlog.get_logger(__name__)
Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    is_allowed: bool
    remaining: int
    reset: int  # seconds until the next window
    policy: bytes
    name: bytes = b"default"

    @property
    def headers(self) -> Headers:
        """Write the fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return (
            (b"ratelimit-policy", self.policy),
            (b"ratelimit", b'"%s";r=%d;t=%d' % (self.name, self.remaining, self.reset)),
        )

    def beside(self, others: Headers) -> Headers:
        """Write them with those of another limit that the same request counted against."""
        own, known = self.headers, dict(others)
        return tuple((name, known[name] + b", " + value if name in known else value) for name, value in own)


@dataclass(slots=True)
class _Share:
    """One client's part of the current window, as this process knows it."""

    budget: int
    leased: int = 0  # here: taken from Redis, or by ourselves while Redis is down
    used: int = 0
    taken: int = 0  # by all processes, as of our last lease
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def lease(self) -> int:
        return max(1, self.budget // LEASES_PER_WINDOW)

    @property
    def remaining(self) -> int:
        return max(0, self.budget - self.taken) + self.leased - self.used


class Limiter:
    def __init__(
        self,
        redis: Redis | None,
        *,
        requests: int = 6000,
        window: int = 60,
        name: str = "default",
        clock: Callable[[], float] = timestamp,
    ) -> None:
        self._redis = redis
        self._requests = requests
        self._window = window
        self._name = name.encode()
        self._clock = clock
        self._number = 0
        self._shares: dict[str, _Share] = {}
        self._alone_until = 0.0

    async def admit(self, key: str, requests: int | None = None) -> None:
        """Count one request, or refuse it; either way the answer tells how much is left. `requests`: its own limit."""
        decision = await self.check(key, requests)
        if not decision.is_allowed:
            limit = requests or self._requests
            raise TooManyRequests(
                f"The limit is {limit} requests in {self._window} seconds; try again in {decision.reset}.",
                headers={"Retry-After": str(decision.reset)},
            )

    async def check(self, key: str, requests: int | None = None) -> Decision:
        moment = self._clock()
        shares = self._shares_at(moment)
        share = shares.get(key)
        if share is None:
            share = shares[key] = _Share(requests or self._requests)
        if share.used >= share.leased:
            async with share.lock:
                if share.used >= share.leased:  # somebody else may have taken a lease while we waited
                    await self._take_lease(key, share, moment)
        is_allowed = share.used < share.leased
        if is_allowed:
            share.used += 1
        decision = self._decision(share, moment, is_allowed=is_allowed)
        if trail := current_trail():
            trail.headers = decision.beside(trail.headers) if self._name != b"default" else decision.headers
        return decision

    def standing(self, key: str) -> Decision:
        """Tell how it stands, for an answer to something that was not counted."""
        moment = self._clock()
        share = self._shares_at(moment).get(key) or _Share(self._requests)
        return self._decision(share, moment, is_allowed=True)

    def _decision(self, share: _Share, moment: float, *, is_allowed: bool) -> Decision:
        reset = max(1, math.ceil((self._number + 1) * self._window - moment))
        policy = b'"%s";q=%d;w=%d' % (self._name, share.budget, self._window)
        return Decision(is_allowed, share.remaining, reset, policy, self._name)

    def _shares_at(self, moment: float) -> dict[str, _Share]:
        number = int(moment // self._window)
        if number != self._number:  # one window for all, so forgetting is one assignment and needs no clean-up
            self._number, self._shares = number, {}
        return self._shares

    async def _take_lease(self, key: str, share: _Share, moment: float) -> None:
        if share.taken >= share.budget:
            return
        lease = share.lease
        taken = await self._taken_by_all(key, lease, moment)
        if taken is None:
            share.taken = max(share.taken, share.leased) + lease
            share.leased = min(share.budget, share.leased + lease)
            return
        share.taken = taken
        share.leased += min(lease, max(0, share.budget - (taken - lease)))

    async def _taken_by_all(self, key: str, lease: int, moment: float) -> int | None:
        if self._redis is None or moment < self._alone_until:
            return None
        name = f"limits:{key}:{self._number}"
        try:
            async with asyncio.timeout(REDIS_PATIENCE):
                pipeline = self._redis.pipeline(transaction=False)
                pipeline.incrby(name, lease)
                pipeline.expire(name, 2 * self._window)
                taken, _ = await pipeline.execute()
                return int(taken)
        except (RedisError, OSError, TimeoutError) as error:
            self._alone_until = moment + REDIS_PAUSE
            metrics.redis_failed("limits")
            log.warning("limits.redis_is_down", error=type(error).__name__)
            return None


def address_key(scope: Scope) -> str:
    """Name the caller that has shown no token, by its address."""
    host = scope["client"][0] if scope.get("client") else "local"
    if ":" in host:
        try:
            host = str(ipaddress.IPv6Network((host.partition("%")[0], _IPV6_SITE), strict=False).network_address)
        except ValueError:
            host = "unknown"
    return f"address:{host}"
