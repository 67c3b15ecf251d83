"""One message to one address, once."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from services.districts.webhooks.rules import Outcome
from shared.networks import Network
from shared.outbound import AddressRefused, GuardedTransport

PATIENCE = 20.0


def open_client(networks: tuple[Network, ...], connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=GuardedTransport(networks, connections=connections),
        timeout=PATIENCE,
        headers={"User-Agent": "Throughline webhooks", "Accept": "*/*"},
        trust_env=False,
    )


async def send(http: httpx.AsyncClient, url: str, headers: dict[str, str], body: str, now: datetime) -> Outcome:
    """Send it and look at the status alone. What the endpoint writes back is not read, a redirect not followed."""
    try:
        async with asyncio.timeout(PATIENCE):
            request = http.build_request("POST", url, headers=headers, content=body.encode())
            answer = await http.send(request, stream=True)
            async with aclosing(answer):
                return Outcome(status=answer.status_code, retry_after=retry_after(answer.headers, now))
    except AddressRefused:
        return Outcome(problem="refused_address")
    except (TimeoutError, httpx.TimeoutException):
        return Outcome(problem="timeout")
    except httpx.ConnectError:
        return Outcome(problem="connection")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Outcome(problem=type(error).__name__)


def retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), 10**6))
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
