"""The keys of identity providers, read from them through the guarded client and kept for a while.

- kept for ten minutes, and through an hour of a provider that is away
- a token that names an unknown key makes us read them anew, as a provider that rotates needs it, but not more than once
  in ten seconds, whatever tokens are shown to us
- one reading at a time for each provider; five seconds and 256 KiB are all that it gets
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import structlog

from services.districts.identity_providers.errors import IdentityProviderAway, IdTokenRefused
from services.districts.identity_providers.rules import Header, Trust, key_for
from shared.networks import networks_of
from shared.outbound import OutboundFailed, read_json

FRESH_SECONDS = 600.0
STALE_SECONDS = 3600.0
PAUSE_SECONDS = 10.0
MOST_PROVIDERS = 1000
WELL_KNOWN = "/.well-known/openid-configuration"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Held:
    published: Sequence[Mapping[str, Any]] = ()
    read_at: float = float("-inf")
    tried_at: float = float("-inf")
    fault: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProviderKeys:
    patience = 5.0  # seconds for one answer

    def __init__(self, networks: str) -> None:
        self._networks = networks_of(networks)
        self._held: OrderedDict[tuple[object, ...], _Held] = OrderedDict()

    async def find(self, trust: Trust, header: Header) -> Any:
        """Give the key that signed, or refuse."""
        held = self._holding(trust)
        if _is_due(held, header):
            async with held.lock:  # whoever comes in between waits for the same answer
                if _is_due(held, header):
                    await self._renew(trust, held)
        key = key_for(header, held.published)
        if key is not None and time.monotonic() - held.read_at <= STALE_SECONDS:
            return key
        if held.fault:
            raise IdentityProviderAway(held.fault, headers={"Retry-After": str(round(PAUSE_SECONDS))})
        raise IdTokenRefused("the subject_token was signed by no key that its issuer publishes")

    def _holding(self, trust: Trust) -> _Held:
        name = (trust.district_id, trust.id, trust.issuer, trust.jwks_url)
        held = self._held.setdefault(name, _Held())
        self._held.move_to_end(name)
        if len(self._held) > MOST_PROVIDERS:
            self._held.popitem(last=False)
        return held

    async def _renew(self, trust: Trust, held: _Held) -> None:
        try:
            held.published = await self._published(trust)
        except OutboundFailed as error:
            held.fault = str(error)
            log.warning("provider_keys.away", provider=str(trust.id), why=held.fault)
        else:
            held.fault, held.read_at = "", time.monotonic()
        finally:
            held.tried_at = time.monotonic()

    async def _published(self, trust: Trust) -> Sequence[Mapping[str, Any]]:
        url = trust.jwks_url
        if url is None:
            said = await self._read(trust.issuer.rstrip("/") + WELL_KNOWN)
            if said.get("issuer") != trust.issuer or not isinstance(said.get("jwks_uri"), str):
                raise OutboundFailed("the issuer's discovery document is not its own, or names no keys")
            url = str(said["jwks_uri"])
        keys = (await self._read(url)).get("keys")
        if not isinstance(keys, list):
            raise OutboundFailed("what the issuer publishes is no JWKS")
        return keys

    async def _read(self, url: str) -> dict[str, Any]:
        return await read_json(url, self._networks, seconds=self.patience)


def _is_due(held: _Held, header: Header) -> bool:
    moment = time.monotonic()
    is_wanted = moment - held.read_at > FRESH_SECONDS or key_for(header, held.published) is None
    return is_wanted and moment - held.tried_at > PAUSE_SECONDS


@cache
def provider_keys(networks: str) -> ProviderKeys:
    """Give the one holder of this process."""
    return ProviderKeys(networks)
