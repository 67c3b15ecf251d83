"""Where an ID token's key comes from: rotation, caches, and providers that misbehave or are away."""

import time
from collections.abc import AsyncIterator

import orjson
import pytest

from services.districts.identity_providers import jwks
from services.districts.identity_providers.jwks import ProviderKeys, provider_keys
from shared.testing.identity_provider import Manners, SigningKey
from tests.districts.identity_providers.vouching import Frontend, frontend_of, refusal

AWAY = (503, "temporarily_unavailable")
REFUSED = (400, "invalid_request")


@pytest.fixture
async def frontend(district) -> AsyncIterator[Frontend]:
    provider_keys.cache_clear()
    async with frontend_of(district) as made:
        yield made


async def ask(frontend: Frontend, key: SigningKey | None = None) -> tuple[int, str]:
    answer = await frontend.ask(frontend.idp.id_token("login|teacher", key=key))
    return (200, "") if answer.status_code == 200 else refusal(answer)


async def test_the_keys_are_read_once_for_many_tokens(frontend) -> None:
    for _ in range(3):
        assert await ask(frontend) == (200, "")
    assert frontend.idp.asked == {"discovery": 1, "jwks": 1}


async def test_a_named_address_of_the_keys_needs_no_discovery(frontend) -> None:
    await frontend.change(jwks_url=frontend.idp.jwks_url)
    assert await ask(frontend) == (200, "")
    assert frontend.idp.asked == {"jwks": 1}


async def test_a_provider_that_rotates_is_followed_at_once_and_not_asked_for_every_forged_token(
    frontend, monkeypatch
) -> None:
    assert await ask(frontend) == (200, "")
    old = frontend.idp.keys[-1]
    frontend.idp.rotate()
    assert await ask(frontend) == REFUSED, "asked moments ago"
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    assert await ask(frontend) == (200, "")
    assert await ask(frontend, old) == (200, ""), "its old key is still published"
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 10.0)
    asked = frontend.idp.asked["jwks"]
    for _ in range(5):
        assert await ask(frontend, SigningKey.new("key-99")) == REFUSED
    assert frontend.idp.asked["jwks"] == asked
    frontend.idp.rotate(keep=0)
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    assert await ask(frontend) == (200, "")
    assert await ask(frontend, old) == REFUSED, "withdrawn"


async def test_keys_outlive_a_short_absence_of_the_provider_and_no_long_one(frontend, monkeypatch) -> None:
    assert await ask(frontend) == (200, "")
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)
    frontend.idp.manners.status = 500
    assert await ask(frontend) == (200, "")
    monkeypatch.setattr(jwks, "STALE_SECONDS", 0.0)
    answer = await frontend.ask(frontend.idp.id_token("login|teacher"))
    assert refusal(answer) == AWAY
    assert int(answer.headers["Retry-After"]) >= 0
    assert "500" in answer.json()["error_description"]


BAD = {
    "down": {"status": 503},
    "a redirect": {"redirects_to": "http://169.254.169.254/latest/meta-data"},
    "a huge JWKS": {"padding": 300_000},
    "no JSON": {"body": b"<html>"},
    "a list": {"body": b"[]"},
    "no keys": {"body": b"{}"},
    "keys that are no list": {"body": b'{"keys": {}}'},
    "another issuer's discovery": {"says_issuer": "https://login.example"},
    "keys at our own network": {"says_jwks_uri": "http://127.0.0.2:9/keys"},
    "keys at the metadata service": {"says_jwks_uri": "http://169.254.169.254/latest/meta-data"},
    "keys in a file": {"says_jwks_uri": "file:///etc/passwd"},
    "keys at no address": {"says_jwks_uri": "http://[::"},
}


async def test_a_provider_that_cannot_be_asked_is_unavailable_and_left_alone_for_a_while(frontend) -> None:
    for name, manners in BAD.items():
        provider_keys.cache_clear()
        frontend.idp.manners = Manners(**manners)
        assert await ask(frontend) == AWAY, name
        asked = dict(frontend.idp.asked)
        assert await ask(frontend) == AWAY, name
        assert frontend.idp.asked == asked, name


async def test_a_slow_provider_costs_a_few_seconds_and_no_more(frontend, monkeypatch) -> None:
    monkeypatch.setattr(ProviderKeys, "patience", 0.2)
    frontend.idp.manners.slow = 5.0
    started = time.monotonic()
    assert await ask(frontend) == AWAY
    assert time.monotonic() - started < 3


async def test_providers_that_say_little_of_their_keys_are_understood(frontend) -> None:
    for manners in (Manners(without_alg=True), Manners(without_kid=True)):
        provider_keys.cache_clear()
        frontend.idp.manners = manners
        assert await ask(frontend) == (200, "")
    provider_keys.cache_clear()
    frontend.idp.rotate()
    assert await ask(frontend) == REFUSED, "without kid there must be only one key"


async def test_elliptic_curves_only_where_the_district_agreed_to_them(frontend, monkeypatch) -> None:
    frontend.idp.rotate("ES256")
    assert await ask(frontend) == REFUSED
    await frontend.change(algorithms=["ES256", "RS256"])
    assert await ask(frontend) == (200, "")
    assert await ask(frontend, frontend.idp.keys[0]) == (200, "")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_keys_that_show_nothing_count_for_nothing(frontend) -> None:
    frontend.idp.rotate(bits=1024)
    assert await ask(frontend) == REFUSED, "weak"
    provider_keys.cache_clear()
    frontend.idp.rotate(keep=0)
    frontend.idp.manners.publishes_private = True
    assert await ask(frontend) == REFUSED, "everybody has it"


async def test_rubbish_among_the_keys_does_no_harm(frontend) -> None:
    good = frontend.idp.keys[-1].jwk(frontend.idp.manners)
    rubbish = [None, 7, {}, {"kty": "RSA", "kid": good["kid"]}, {"kty": "oct", "kid": good["kid"], "k": "AAAA"}]
    frontend.idp.manners.body = orjson.dumps({"keys": [*rubbish, good]})
    assert await ask(frontend) == (200, "")
