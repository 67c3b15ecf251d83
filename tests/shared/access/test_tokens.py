"""The verifier: what it takes, what it refuses, and how it goes on while districts is away."""

import asyncio
import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from shared.access import ended_tokens, tokens
from shared.access.ended_tokens import EndedTokens
from shared.access.scopes import SCOPES
from shared.access.tokens import TokenVerifier
from shared.clock import new_id
from shared.errors import Unauthenticated, Unavailable

KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
ISSUER = "https://api.district.example"
DISTRICT = new_id()


def jwk_of(number: int) -> dict[str, Any]:
    return RSAAlgorithm.to_jwk(KEYS[number].public_key(), as_dict=True) | {"kid": f"k{number}"}


class Districts:
    """What districts publishes, as a peer gets it; it can go away."""

    def __init__(self) -> None:
        self.published = [0]
        self.is_away = False
        self.asked = 0
        self.ended: dict[str, float] = {}

    async def jwks(self) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.is_away:
            raise ConnectionError
        return {
            "keys": [RSAAlgorithm.to_jwk(KEYS[n].public_key(), as_dict=True) | {"kid": f"k{n}"} for n in self.published]
        }

    async def load(self) -> dict[str, float]:
        return self.ended


@pytest.fixture
def districts() -> Districts:
    return Districts()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "jwks.json"


@pytest.fixture
def verifier(districts: Districts, cache: Path) -> TokenVerifier:
    return verifier_of(districts, cache)


def verifier_of(districts: Districts, cache: Path | None) -> TokenVerifier:
    return TokenVerifier(districts.jwks, EndedTokens(districts.load), ISSUER, cache)


def token(key: int = 0, headers: dict[str, Any] | None = None, without: str = "", **claims: Any) -> str:
    now = time.time()
    body = {
        "iss": ISSUER,
        "sub": "tl_client",
        "district": str(DISTRICT),
        "scope": "roster.read",
        "iat": now,
        "exp": now + 900,
    }
    body = {name: value for name, value in (body | claims).items() if name != without}
    return jwt.encode(body, KEYS[key], "RS256", headers={"kid": f"k{key}"} | (headers or {}))


async def test_what_the_token_says_is_what_is_given(verifier) -> None:
    claims = await verifier.verify(token(scope="roster.read goals.read", limit=7))
    assert (claims.district_id, claims.client_id) == (DISTRICT, "tl_client")
    assert claims.scopes == {"roster.read", "goals.read"}
    assert claims.requests_per_minute == 7
    assert (await verifier.verify(token(scope="all"))).scopes == set(SCOPES)


async def test_all_who_come_at_a_cold_start_wait_for_one_fetch(verifier, districts) -> None:
    found = await asyncio.gather(*(verifier.verify(token(sub=f"tl_{n}")) for n in range(20)))
    assert len(found) == 20
    assert districts.asked == 1


def with_none() -> str:
    head, body = ({"alg": "none", "kid": "k0"}, jwt.decode(token(), options={"verify_signature": False}))
    return ".".join(urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in (head, body)) + "."


def with_the_public_key_as_secret() -> str:
    """The old trick: a verifier that lets the token choose takes the public key for an HMAC secret."""
    pem = KEYS[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "kid": "k0", "typ": "JWT"}
    body = jwt.decode(token(), options={"verify_signature": False})
    signed = ".".join(urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in (head, body))
    signature = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


FORGED = {
    "nothing": lambda: "",
    "no token": lambda: "x.y.z",
    "bytes": lambda: "\udcff\x00",
    "no signature": with_none,
    "HMAC": with_the_public_key_as_secret,
    "another key under the name": lambda: token(1, {"kid": "k0"}),
    "an unknown key": lambda: token(1),
    "no kid": lambda: token(headers={"kid": ""}),
    "a changed body": lambda: token()[:-20] + "A" * 20,
    "another issuer": lambda: token(iss="somebody"),
    "no issuer": lambda: token(without="iss"),
    "no end": lambda: token(without="exp"),
    "no beginning": lambda: token(without="iat"),
    "no district": lambda: token(without="district"),
    "no district's id": lambda: token(district="north"),
    "no client": lambda: token(without="sub"),
    "ended": lambda: token(exp=time.time() - 1),
    "from the future": lambda: token(iat=time.time() + 3600),
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_does_not_verify_is_refused(verifier, name) -> None:
    for _ in range(2):  # nothing of it is remembered
        with pytest.raises(Unauthenticated) as refused:
            await verifier.verify(FORGED[name]())
        assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_ends_while_it_is_remembered(verifier) -> None:
    ending = token(exp=time.time() + 1.5)
    await verifier.verify(ending)
    await asyncio.sleep(1.55)
    with pytest.raises(Unauthenticated, match="has ended"):
        await verifier.verify(ending)


async def test_forged_keys_do_not_make_it_ask_every_time(verifier, districts) -> None:
    await verifier.verify(token())
    for n in range(10):
        with pytest.raises(Unauthenticated):
            await verifier.verify(token(1, {"kid": f"made up {n}"}))
    assert districts.asked == 1


async def test_while_districts_is_away_the_keys_on_disk_do(verifier, districts, cache) -> None:
    await verifier.verify(token())
    assert orjson.loads(cache.read_bytes())["keys"][0]["kid"] == "k0"
    assert list(cache.parent.iterdir()) == [cache]
    districts.is_away = True
    started_alone = verifier_of(districts, cache)
    assert (await started_alone.verify(token(sub="tl_other"))).client_id == "tl_other"
    with pytest.raises(Unavailable) as refused:
        await started_alone.verify(token(1))
    assert refused.value.headers["Retry-After"]


@pytest.mark.parametrize("kept", [None, b"", b"{", b"[]", b'{"keys":[{"kid":"k0"}]}', b'{"keys":7}'])
async def test_without_districts_and_without_keys_it_says_try_again(districts, cache, kept) -> None:
    districts.is_away = True
    if kept is not None:
        cache.parent.mkdir()
        cache.write_bytes(kept)
    with pytest.raises(Unavailable):
        await verifier_of(districts, cache).verify(token())


async def test_a_folder_that_cannot_be_written_stops_nobody(districts, tmp_path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert await verifier_of(districts, tmp_path / "file" / "jwks.json").verify(token())


async def test_it_comes_back_when_districts_does(verifier, districts, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "_REFETCH_SECONDS", 0.0)
    districts.is_away = True
    with pytest.raises(Unavailable):
        await verifier.verify(token())
    districts.is_away = False
    assert await verifier.verify(token())


async def test_a_withdrawn_key_is_trusted_no_longer(verifier, districts, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "_REFETCH_SECONDS", 0.0)
    stolen = token(0)
    await verifier.verify(stolen)
    districts.published = [1]
    assert await verifier.verify(token(1)), "a new key is met, so the keys are fetched"
    with pytest.raises(Unauthenticated):
        await verifier.verify(stolen)


async def test_keys_are_looked_at_again_without_being_asked(verifier, districts, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "_REFETCH_SECONDS", 0.0)
    monkeypatch.setattr(tokens, "_KEYS_SECONDS", 0.0)
    await verifier.verify(token(0))
    districts.published = [0, 1]
    await verifier.verify(token(0, sub="tl_other"))
    assert districts.asked == 2
    districts.is_away = True
    assert await verifier.verify(token(1)), "and while districts is away those at hand do"


async def test_what_was_given_before_the_end_holds_no_more(verifier, districts, monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)
    now = time.time()
    before, after = token(iat=now - 10), token(iat=now - 5)
    await verifier.verify(before)
    districts.ended = {"tl_client": now - 7, "tl_other": now}
    with pytest.raises(Unauthenticated, match="revoked"):
        await verifier.verify(before)
    assert await verifier.verify(after)


async def test_ends_are_loaded_by_one_while_others_go_on(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.05)
    loads = 0

    async def load() -> dict[str, float]:
        nonlocal loads
        loads += 1
        await asyncio.sleep(0.1)
        return {"tl_client": 7.0}

    ended = EndedTokens(load)
    assert await asyncio.gather(*(ended.ended_at("tl_client") for _ in range(20))) == [7.0] * 20, "nobody goes unasked"
    assert loads == 1
    await asyncio.sleep(0.06)
    loading = asyncio.create_task(ended.ended_at("tl_client"))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(0.05):
        assert await ended.ended_at("tl_client") == 7.0
    assert await loading == 7.0
    assert loads == 2


async def test_after_a_long_silence_everybody_waits_for_the_load(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)
    monkeypatch.setattr(ended_tokens, "_PATIENCE_SECONDS", 0.0)
    known: dict[str, float] = {}

    async def load() -> dict[str, float]:
        await asyncio.sleep(0.02)
        return dict(known)

    ended = EndedTokens(load)
    await ended.ended_at("tl_client")
    known["tl_client"] = 7.0
    assert await asyncio.gather(*(ended.ended_at("tl_client") for _ in range(3))) == [7.0] * 3


async def test_an_end_that_cannot_be_known_lets_nobody_in(districts) -> None:
    async def load() -> dict[str, float]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await TokenVerifier(districts.jwks, EndedTokens(load), ISSUER).verify(token())
