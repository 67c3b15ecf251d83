"""Guessing at secrets is slowed by the address that it comes from, and for the client that it is aimed at.

By client alone, anybody could shut somebody else's client out by showing wrong secrets for it. So only failures are
counted for a client, and once they are too many, addresses at which it has shown the right secret go on as before. A
client that moves to a new address meanwhile waits for the next minute.
"""

from collections import OrderedDict

from shared.errors import TooManyRequests
from shared.limits import Limiter

_REMEMBERED = 10_000
Place = tuple[str, str]


class Guesses:
    def __init__(self, failures: Limiter) -> None:
        self._failures = failures
        self._known: OrderedDict[Place, None] = OrderedDict()

    def check(self, client_id: str, address: str) -> None:
        """Refuse to listen to a strange address while a client is being guessed at."""
        standing = self._failures.standing(_key(client_id))
        if standing.remaining > 0 or (client_id, address) in self._known:
            return
        raise TooManyRequests(
            f"too many wrong secrets were shown for this client; try again in {standing.reset} seconds",
            headers={"Retry-After": str(standing.reset)},
        )

    async def failed(self, client_id: str) -> None:
        await self._failures.check(_key(client_id))

    def succeeded(self, client_id: str, address: str) -> None:
        self._known[client_id, address] = None
        self._known.move_to_end((client_id, address))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _key(client_id: str) -> str:
    return f"failures:{client_id[:100]}"
