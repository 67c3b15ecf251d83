"""POST /oauth2/token in every form in which consumers of OneRoster send it, and its refusals (RFC 6749)."""

import base64
import logging
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jwt
import pytest

from services.districts.clients.service import create_client
from services.districts.tokens import routes, rules, service
from services.districts.tokens.guessing import Guesses
from shared.access.scopes import ONEROSTER, SCOPES
from shared.clock import new_id, now
from shared.errors import Invalid, NotFound
from shared.limits import Limiter
from shared.testing.stack import District

GRANT = {"grant_type": "client_credentials"}
READ = f"{ONEROSTER}roster.readonly"
CORE = f"{ONEROSTER}roster-core.readonly"


@pytest.fixture
async def given(district: District) -> tuple[str, str]:
    database = district.stack.runtimes["districts"].database
    client = await create_client(database, district.id, "an SIS", (READ, "roster.read"))
    return client.client_id, client.client_secret


async def ask(district: District, **request: Any) -> httpx.Response:
    async with district.stack.client() as http:
        return await http.post("/oauth2/token", **request)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    return answer.status_code, body["error"]


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def forms(client_id: str, secret: str) -> dict[str, dict[str, Any]]:
    body = GRANT | {"client_id": client_id, "client_secret": secret}
    encoded = "".join(f"%{byte:02x}" for byte in client_id.encode())
    return {
        "basic": {"data": GRANT, "auth": (client_id, secret)},
        "basic, url-encoded": {"data": GRANT, "headers": basic(encoded, quote(secret, safe=""))},
        "basic, the id in the form too": {"data": GRANT | {"client_id": client_id}, "auth": (client_id, secret)},
        "basic, both in the form too": {"data": body, "auth": (client_id, secret)},
        "form": {"data": body},
        "json": {"json": body},
        "json and basic": {"json": GRANT | {"scope": None}, "auth": (client_id, secret)},
        "no media type": {"content": urlencode(body), "headers": {}},
        "an empty scope": {"data": body | {"scope": ""}},
        "a foreign query": {"data": body, "params": {"appName": "x"}},
    }


@pytest.mark.parametrize("form", forms("", ""))
async def test_every_form_gives_a_token_with_all_that_the_client_has(district, given, form) -> None:
    answer = await ask(district, **forms(*given)[form])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert isinstance(body["expires_in"], int)
    assert body["expires_in"] > 0
    assert body["scope"].split() == [READ, "roster.read"]
    async with district.client(token=body["access_token"]) as http:
        assert (await http.get("/v1/clients")).status_code == 403
    async with district.client(token="x" + body["access_token"]) as http:
        assert (await http.get("/v1/clients")).status_code == 401


async def test_scopes_asked_for_are_the_scopes_given(district, given) -> None:
    asked = f"roster.read {READ.replace('https', 'http')}"
    answer = await ask(district, data=GRANT | {"scope": asked}, auth=given)
    assert set(answer.json()["scope"].split()) == {READ, "roster.read"}
    answer = await ask(district, data=GRANT | {"scope": "roster.read"}, auth=given)
    assert answer.json()["scope"] == "roster.read"
    answer = await ask(district, data=GRANT | {"scope": CORE}, auth=given)
    assert answer.json()["scope"] == CORE, "what is within a scope that the client has may be asked for alone"


async def test_the_claims_are_those_that_the_services_verify(district, given) -> None:
    token = (await ask(district, data=GRANT, auth=given)).json()["access_token"]
    async with district.stack.client() as http:
        published = (await http.get("/.well-known/jwks.json")).json()["keys"]
    header = jwt.get_unverified_header(token)
    (key,) = (key for key in published if key["kid"] == header["kid"])
    assert header["alg"] == "RS256"
    claims = jwt.decode(token, jwt.PyJWK.from_dict(key).key, algorithms=["RS256"])
    assert claims["sub"] == given[0]
    assert claims["district"] == str(district.id)
    assert claims["exp"] - claims["iat"] <= 900
    assert {"iss", "jti"} <= set(claims)


async def test_all_stands_for_every_scope(district) -> None:
    answer = await ask(district, data=GRANT, auth=(district.client_id, district.client_secret))
    assert set(answer.json()["scope"].split()) == set(SCOPES)
    answer = await ask(district, data=GRANT | {"scope": READ}, auth=(district.client_id, district.client_secret))
    assert answer.json()["scope"] == READ
    answer = await ask(district, data=GRANT | {"scope": "all"}, auth=(district.client_id, district.client_secret))
    assert set(answer.json()["scope"].split()) == set(SCOPES)


@pytest.mark.parametrize("scope", ["goals.write", "all", "nonsense", f"{READ} goals.read"])
async def test_more_than_the_client_has_is_refused(district, given, scope) -> None:
    answer = await ask(district, data=GRANT | {"scope": scope}, auth=given)
    assert refusal(answer) == (400, "invalid_scope")


async def test_a_wrong_secret_and_an_unknown_client_are_told_the_same(district, other_district, given) -> None:
    client_id, secret = given
    unknown = f"{client_id[:-4]}0000"
    elsewhere = client_id.replace(district.id.hex, other_district.id.hex)
    nowhere = client_id.replace(district.id.hex, new_id().hex)
    answers = [
        await ask(district, data=GRANT, auth=pair)
        for pair in [
            (client_id, secret[:-1]), (client_id, ""), (client_id, "é" + secret), ("", secret), (unknown, secret),
            (elsewhere, secret), (nowhere, secret), ("admin", "admin"), (client_id.upper(), secret),
        ]
    ]  # fmt: skip
    for answer in answers:
        assert refusal(answer) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert answer.headers["Cache-Control"] == "no-store"
    assert len({answer.text for answer in answers}) == 1


async def test_credentials_in_the_query_are_refused(district, given) -> None:
    client_id, secret = given
    for params in ({"client_id": client_id, "client_secret": secret}, {"client_secret": secret}):
        answer = await ask(district, params=params, data=GRANT)
        assert refusal(answer) == (400, "invalid_request")


BAD: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "no grant type": ({"data": {"scope": "roster.read"}}, (400, "invalid_request")),
    "another grant type": ({"data": {"grant_type": "password"}}, (400, "unsupported_grant_type")),
    "a parameter twice": (
        {"content": "grant_type=client_credentials&grant_type=client_credentials"},
        (400, "invalid_request"),
    ),
    "no body": ({}, (400, "invalid_request")),
    "broken JSON": ({"content": b"{", "headers": {"Content-Type": "application/json"}}, (400, "invalid_request")),
    "JSON that is no object": ({"json": ["grant_type"]}, (400, "invalid_request")),
    "JSON with a number": ({"json": GRANT | {"client_id": 1}}, (400, "invalid_request")),
    "XML": ({"content": b"<a/>", "headers": {"Content-Type": "text/xml"}}, (400, "invalid_request")),
    "no UTF-8": ({"content": b"grant_type=\xff\xfe"}, (400, "invalid_request")),
    "escaped bytes that are no UTF-8": ({"content": b"grant_type=%ff"}, (400, "invalid_request")),
    "a thousand fields": ({"content": "&".join(f"a{n}=1" for n in range(1000))}, (400, "invalid_request")),
    "a Bearer header": ({"data": GRANT, "headers": {"Authorization": "Bearer x"}}, (401, "invalid_client")),
    "a Basic header that is no Base64": (
        {"data": GRANT, "headers": {"Authorization": "Basic ???"}},
        (401, "invalid_client"),
    ),
    "a Basic header that is not even ASCII": (
        {"data": GRANT, "headers": {"Authorization": "Basic \xe9".encode("latin-1")}},
        (401, "invalid_client"),
    ),
    "a Basic header without a secret": (
        {"data": GRANT, "headers": {"Authorization": "Basic dGw="}},
        (401, "invalid_client"),
    ),
    "NUL in the id": ({"json": GRANT | {"client_id": "tl_\0", "client_secret": "x"}}, (401, "invalid_client")),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_does_not_fit_is_refused_in_oauths_words(district, name) -> None:
    request, expected = BAD[name]
    if "content" in request and "headers" not in request:
        request = request | {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert refusal(await ask(district, **request)) == expected


async def test_two_different_clients_or_secrets_are_refused(district, given) -> None:
    for other in ({"client_id": "tl_x"}, {"client_secret": "x"}):
        answer = await ask(district, data=GRANT | other, auth=given)
        assert refusal(answer) == (400, "invalid_request")


async def test_another_method_is_refused_with_allow(district) -> None:
    async with district.stack.client() as http:
        answer = await http.get("/oauth2/token")
    assert refusal(answer)[0] == 405
    assert answer.headers["Allow"] == "POST"


async def test_guessing_is_held_back(district, given, monkeypatch) -> None:
    monkeypatch.setattr(routes, "limiter_of", lambda *_: limiter)
    limiter = Limiter(None, requests=5)
    answers = [await ask(district, data=GRANT, auth=(given[0], f"guess {n}")) for n in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert refusal(answers[-1]) == (429, "temporarily_unavailable")
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_guessing_at_one_client_shuts_out_strangers_and_not_the_client(district, given, monkeypatch) -> None:
    guesses = Guesses(Limiter(None, requests=3, name="failures"))
    monkeypatch.setattr(service, "guesses_of", lambda *_: guesses)
    other = httpx.ASGITransport(app=district.stack.app, client=("192.0.2.9", 4711))

    async def from_elsewhere(secret: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=other, base_url="http://127.0.0.1:8000") as http:
            return await http.post("/oauth2/token", data=GRANT, auth=(given[0], secret))

    assert (await ask(district, data=GRANT, auth=given)).status_code == 200
    answers = [await from_elsewhere(f"guess {n}") for n in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert (await from_elsewhere(given[1])).status_code == 429, "even the right one: nothing is to be learnt"
    assert (await ask(district, data=GRANT, auth=given)).status_code == 200, "known at its own address"
    mine = (district.client_id, district.client_secret)
    assert (await ask(district, data=GRANT, auth=mine)).status_code == 200, "another client is not meant"


async def test_the_endpoint_says_its_own_limits(district, given) -> None:
    answer = await ask(district, data=GRANT, auth=given)
    assert answer.headers["RateLimit-Policy"].startswith('"tokens";q=1000000;w=60')
    wrong = await ask(district, data=GRANT, auth=(given[0], "guess"))
    assert wrong.headers["RateLimit-Policy"] == '"tokens";q=1000000;w=60, "failures";q=20;w=60'
    assert wrong.headers["RateLimit"].partition(", ")[2].startswith('"failures";r=19;t=')


async def test_the_secret_is_stored_hashed_and_never_logged(district, given, caplog, capsys) -> None:
    client_id, secret = given
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")  # the caller's own log
    for request in forms(client_id, secret).values():
        await ask(district, **request)
    await ask(district, params={"client_secret": secret}, data=GRANT)
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        row = await connection.fetchrow(
            """select c.*, s.secret_hash, s.starts_with from districts.clients c
               join districts.client_secrets s on s.owner_id = c.id where c.client_id = $1""",
            client_id,
        )
        books = await connection.fetch("select fields::text from districts.audit_events")
        payloads = await connection.fetch("select payload from districts.outbox")
    said = "".join(capsys.readouterr()) + caplog.text
    for text in (repr(dict(row)), repr(books), repr(payloads), said):
        assert secret not in text
        assert quote(secret, safe="") not in text
    assert row["secret_hash"].startswith("scrypt$")


async def test_a_client_is_not_made_with_an_unknown_scope_or_in_no_district(district) -> None:
    database = district.stack.runtimes["districts"].database
    with pytest.raises(Invalid) as refused:
        await create_client(database, district.id, "x", ("roster.read", "roster.reed"))
    assert refused.value.errors[0].pointer == "#/scopes/1"
    with pytest.raises(NotFound):
        await create_client(database, new_id(), "x", ("roster.read",))


async def test_the_server_says_what_it_can(district) -> None:
    async with district.stack.client() as http:
        body = (await http.get("/.well-known/oauth-authorization-server")).json()
        assert body["token_endpoint"] == "http://127.0.0.1:8000/oauth2/token"
        assert (await http.get(body["jwks_uri"])).json()["keys"]
    assert body["grant_types_supported"] == list(rules.GRANTS)
    assert READ in body["scopes_supported"]
    assert "all" not in body["scopes_supported"]


async def test_tokens_are_issued_with_the_fraction_of_the_second(district, given) -> None:
    """What is revoked in the same second has to end as well."""
    before = now()
    token = (await ask(district, data=GRANT, auth=given)).json()["access_token"]
    issued = jwt.decode(token, options={"verify_signature": False})["iat"]
    assert datetime.fromtimestamp(issued, before.tzinfo) >= before
