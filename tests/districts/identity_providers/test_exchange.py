"""A frontend shows the district's ID token and acts for that person, in every service, with that person's rights."""

import time
from collections.abc import AsyncIterator

import jwt
import pytest

from services.districts.clients.service import create_client
from shared.access import ended_tokens
from shared.clock import new_id
from shared.settings import SERVICE_NAMES
from shared.testing.identity_provider import AUDIENCE
from tests.districts.identity_providers.vouching import EXCHANGE, ID_TOKEN, Frontend, frontend_of, refusal

HOUR = 3600
PEOPLE = {"districts": "/v1/people", "observations": "/v1/observations", "coaching": "/v1/goals"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)


@pytest.fixture
async def frontend(district) -> AsyncIterator[Frontend]:
    async with frontend_of(district) as made:
        yield made


async def test_the_answer_is_that_of_rfc_8693(frontend) -> None:
    answer = await frontend.ask(frontend.idp.id_token("login|teacher"), scope="roster.read goals.read")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    token = body.pop("access_token")
    assert body == {
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "goals.read roster.read",
        "person_id": frontend.setting.teacher,
    }
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["act"]) == (frontend.setting.teacher, {"sub": frontend.client_id})


async def test_the_token_acts_for_the_person_in_every_service_without_a_header(frontend) -> None:
    token = await frontend.token("login|teacher")
    async with frontend.district.client(token=token) as http:
        for service, path in PEOPLE.items():
            assert (await http.get(path)).status_code == 200, service
        for service in SERVICE_NAMES:
            assert (await http.get(f"/v1/audit-events/{service}")).status_code == 403, "a person reads no audit log"
        assert (await http.get("/v1/clients")).status_code == 403
        same = await http.get("/v1/goals", headers={"Throughline-Person": frontend.setting.teacher})
        assert same.status_code == 200
        other = await http.get("/v1/goals", headers={"Throughline-Person": frontend.setting.principal})
        assert other.status_code == 403
        assert "somebody else" in other.json()["detail"]
        nonsense = await http.get("/v1/goals", headers={"Throughline-Person": "nonsense"})
        assert nonsense.status_code == 422


async def test_the_audit_log_says_for_whom_and_by_which_provider(frontend) -> None:
    token = await frontend.token("login|teacher")
    async with frontend.district.client(token=token) as http:
        await http.get(f"/v1/people/{frontend.setting.stranger}")
    async with frontend.district.client() as http:
        events = (await http.get("/v1/audit-events/districts", params={"limit": 500})).json()["data"]
    exchanged = [event for event in events if event["action"] == "id_token.exchanged"]
    viewed = [event for event in events if event["action"] == "person.viewed"]
    assert [(e["client_id"], e["person_id"]) for e in exchanged + viewed[-1:]] == [
        (frontend.client_id, frontend.setting.teacher)
    ] * 2
    assert exchanged[0]["fields"]["identity_provider"] == frontend.provider_id
    assert token not in str(events)


async def test_rights_are_the_intersection_of_the_client_and_the_person(frontend) -> None:
    leave = {"person_id": frontend.setting.teacher, "kind": "parental", "begin_date": "2026-09-01"}
    async with frontend.district.client() as http:
        assert (await http.put(f"/v1/leaves/{new_id()}", json=leave)).status_code == 201
    seen = {}
    for name in ("stranger", "teacher", "principal"):
        async with frontend.district.client(token=await frontend.token(f"login|{name}")) as http:
            seen[name] = len((await http.get("/v1/leaves")).json()["data"])
            assert (await http.get("/v1/staff-assignments")).status_code == 403, "not the client's"
            assert (await http.put(f"/v1/leaves/{new_id()}", json=leave)).status_code == 403, "not the client's"
    assert seen == {"stranger": 0, "teacher": 1, "principal": 1}, "whose it is and who leads the school see it"


WRONG = {
    "another audience": ({"aud": "somebody-else"}, "audience"),
    "an audience among others, without azp": ({"aud": [AUDIENCE, "x"]}, "azp"),
    "another party": ({"azp": "x"}, "azp"),
    "ended": ({"exp": time.time() - HOUR, "iat": time.time() - 2 * HOUR}, "ended"),
    "of the future": ({"iat": time.time() + 2 * HOUR, "exp": time.time() + 3 * HOUR}, "future"),
    "not yet": ({"nbf": time.time() + HOUR}, "future"),
    "two days old": ({"iat": time.time() - 48 * HOUR}, "older than a day"),
    "no end": ({"exp": None}, "missing"),
    "no beginning": ({"iat": None}, "missing"),
    "no audience": ({"aud": None}, "missing"),
    "no subject": ({"sub": None}, "missing"),
    "another issuer": ({"iss": "https://login.example"}, "no identity provider"),
    "no issuer": ({"iss": None}, "no identity provider"),
    "an issuer that is no text": ({"iss": "https://a.example/\x00"}, "no identity provider"),
    "a subject that is a list": ({"sub": ["login|teacher"]}, "does not"),
    "another person": ({"sub": "login|nobody"}, "nobody"),
}


async def test_a_token_that_is_wrong_in_one_claim_is_refused(frontend) -> None:
    for name, (claims, why) in WRONG.items():
        answer = await frontend.ask(frontend.idp.id_token("login|teacher", **claims))
        assert refusal(answer) == (400, "invalid_request"), name
        assert why in answer.json()["error_description"], name


async def test_a_minute_of_difference_between_clocks_is_forgiven(frontend) -> None:
    now = time.time()
    await frontend.token("login|teacher", iat=now + 30)
    await frontend.token("login|teacher", iat=now - HOUR, exp=now - 30)
    await frontend.token("login|teacher", aud=[AUDIENCE, "x"], azp=AUDIENCE)


async def test_a_nonce_that_the_frontend_names_must_be_in_the_token(frontend) -> None:
    token = frontend.idp.id_token("login|teacher", nonce="n-1")
    assert (await frontend.ask(token, nonce="n-1")).status_code == 200
    assert (await frontend.ask(token)).status_code == 200
    assert refusal(await frontend.ask(token, nonce="n-2")) == (400, "invalid_request")
    assert refusal(await frontend.ask(frontend.idp.id_token("login|teacher"), nonce="n-1"))[0] == 400


def tampered(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{signature[:-6]}AAAAAA"


async def test_a_token_that_nobody_signed_as_agreed_is_refused(frontend) -> None:
    idp = frontend.idp
    stranger = type(idp)(url=idp.url)
    forged = {
        "no signature": idp.unsigned("login|teacher"),
        "HMAC with the public key": idp.signed_with_the_public_key("login|teacher"),
        "a tampered signature": tampered(idp.id_token("login|teacher")),
        "another's key under its name": stranger.id_token("login|teacher", header={"kid": idp.keys[-1].kid}),
        "another's key": stranger.id_token("login|teacher", header={"kid": "key-77"}),
        "an algorithm that was not agreed": idp.id_token("login|teacher", header={"alg": "RS512"}),
        "an access token": idp.id_token("login|teacher", header={"typ": "at+jwt"}),
        "a logout token": idp.id_token("login|teacher", header={"typ": "logout+jwt"}),
        "a critical extension": idp.id_token("login|teacher", header={"crit": ["x"], "x": 1}),
        "no JWT": "x.y.z",
        "text": "é" * 20,
        "too long": idp.id_token("login|teacher", padding="x" * 20_000),
        "our own": frontend.district.token,
    }
    for name, token in forged.items():
        answer = await frontend.ask(token)
        assert refusal(answer) == (400, "invalid_request"), name
        assert token not in answer.text


async def test_what_does_not_fit_the_grant_is_refused_in_its_words(frontend) -> None:
    token = frontend.idp.id_token("login|teacher")
    saml = "urn:ietf:params:oauth:token-type:saml2"
    for fields, code in (
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": saml}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": token}, "invalid_request"),
        ({"audience": "https://other.example"}, "invalid_target"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"scope": "clients.write"}, "invalid_scope"),
    ):
        assert refusal(await frontend.ask(token, **fields)) == (400, code), fields
    jwt_type = "urn:ietf:params:oauth:token-type:jwt"
    assert (await frontend.ask(token, subject_token_type=jwt_type, requested_token_type=jwt_type)).status_code == 200
    public = frontend.district.stack.runtimes["districts"].settings.public_url
    assert (await frontend.ask(token, resource=public)).status_code == 200


async def test_a_client_that_may_act_for_nobody_exchanges_nothing(frontend) -> None:
    database = frontend.district.stack.runtimes["districts"].database
    machine = await create_client(database, frontend.district.id, "a warehouse", ("roster.read",))
    frontend.client_id, frontend.client_secret = machine.client_id, machine.client_secret
    token = frontend.idp.id_token("login|teacher")
    assert refusal(await frontend.ask(token)) == (400, "unauthorized_client")
    frontend.client_secret = "guess"
    assert refusal(await frontend.ask(token)) == (401, "invalid_client")


async def test_an_id_token_is_of_no_use_in_the_query_or_as_an_access_token(frontend) -> None:
    token = frontend.idp.id_token("login|teacher")
    async with frontend.district.stack.client() as http:
        form = {"grant_type": EXCHANGE, "subject_token_type": ID_TOKEN}
        auth = (frontend.client_id, frontend.client_secret)
        answer = await http.post("/oauth2/token", params={"subject_token": token}, data=form, auth=auth)
        assert refusal(answer) == (400, "invalid_request")
    async with frontend.district.client(token=token) as http:
        assert (await http.get("/v1/people")).status_code == 401


async def test_json_is_taken_too(frontend) -> None:
    form = {"grant_type": EXCHANGE, "subject_token": frontend.idp.id_token("login|teacher")}
    secret = {"client_id": frontend.client_id, "client_secret": frontend.client_secret}
    async with frontend.district.stack.client() as http:
        answer = await http.post("/oauth2/token", json=form | secret | {"subject_token_type": ID_TOKEN})
    assert answer.json()["person_id"] == frontend.setting.teacher


async def test_who_left_gets_no_token_and_the_one_that_is_out_ends(frontend) -> None:
    token = await frontend.token("login|teacher")
    async with frontend.district.client() as http:
        path = f"/v1/people/{frontend.setting.teacher}"
        version = (await http.get(path)).headers["ETag"]
        assert (await http.post(f"{path}/archive", headers={"If-Match": version})).status_code == 200
    await frontend.district.stack.settle()
    assert refusal(await frontend.ask(frontend.idp.id_token("login|teacher"))) == (400, "invalid_request")
    async with frontend.district.client(token=token) as http:
        for service, path in PEOPLE.items():
            answer = await http.get(path)
            assert answer.status_code == 401, service
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_whose_last_role_ended_yesterday_gets_no_token_today(frontend) -> None:
    roles = [
        {"role": "teacher", "org_id": frontend.setting.north, "begin_date": "2020-08-01", "end_date": "2021-06-30"}
    ]
    await frontend.change_person(frontend.setting.teacher, roles=roles)
    assert refusal(await frontend.ask(frontend.idp.id_token("login|teacher"))) == (400, "invalid_request")


async def test_a_name_that_two_share_is_nobodys(frontend) -> None:
    await frontend.change_person(frontend.setting.stranger, external_ids={"login": "login|teacher"})
    answer = await frontend.ask(frontend.idp.id_token("login|teacher"))
    assert refusal(answer) == (400, "invalid_request")
    assert "more than one" in answer.json()["error_description"]


async def test_an_email_counts_only_if_it_is_verified(frontend) -> None:
    await frontend.change(person_by="email", person_claim="email", external_system=None)
    email = {"email": "Teacher@District.Example"}
    assert await frontend.token("any", **email, email_verified=True)
    assert await frontend.token("any", **email, email_verified="true")
    for verified in (None, False, "false", 1, "yes"):
        token = frontend.idp.id_token("any", **email, email_verified=verified)
        assert refusal(await frontend.ask(token)) == (400, "invalid_request"), verified
    assert refusal(await frontend.ask(frontend.idp.id_token("any", email_verified=True)))[0] == 400


async def test_an_issuer_that_many_share_is_told_apart_by_a_claim(frontend) -> None:
    await frontend.change(required_claims={"hd": "district.example"})
    assert await frontend.token("login|teacher", hd="district.example")
    for claims in ({}, {"hd": "other.example"}, {"hd": True}):
        assert refusal(await frontend.ask(frontend.idp.id_token("login|teacher", **claims)))[0] == 400


async def test_a_provider_switched_off_vouches_for_nobody_any_more(frontend) -> None:
    token = await frontend.token("login|teacher")
    await frontend.change(name="another name")
    await frontend.district.stack.settle()
    async with frontend.district.client(token=token) as http:
        assert (await http.get("/v1/goals")).status_code == 200
        await frontend.change(enabled=False)
        await frontend.district.stack.settle()
        for service, path in PEOPLE.items():
            assert (await http.get(path)).status_code == 401, service
    assert refusal(await frontend.ask(frontend.idp.id_token("login|teacher")))[0] == 400
    await frontend.change(enabled=True)
    assert await frontend.token("login|teacher")


async def test_a_provider_of_another_district_vouches_for_nobody_here(frontend, other_district) -> None:
    database = frontend.district.stack.runtimes["districts"].database
    client = await create_client(database, other_district.id, "their frontend", ("act_as", "roster.read"))
    frontend.client_id, frontend.client_secret = client.client_id, client.client_secret
    assert refusal(await frontend.ask(frontend.idp.id_token("login|teacher"))) == (400, "invalid_request")
