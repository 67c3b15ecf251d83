"""An external partner's clients may do what its agreements of the day say, and nothing once they have ended."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt import api_jwt

from services.districts.clients.rules import held
from services.districts.data_share_agreements.rules import NEVER, InForce, bounds
from services.districts.tokens import routes
from shared.access import ended_tokens, tokens
from shared.access.scopes import ALL, ONEROSTER, SCOPES
from shared.clock import new_id, now
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District, token_of

CHICAGO = ZoneInfo("America/Chicago")
GRANT = {"grant_type": "client_credentials"}
READS = {
    "districts": "/v1/people", "observations": "/v1/frameworks", "coaching": "/v1/goals",
    "analytics": "/v1/measures",
}  # fmt: skip
SCOPES_OF_READS = ["roster.read", "frameworks.read", "goals.read", "measures.read"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)


@pytest.fixture
async def http(district: District):
    async with district.client() as client:
        version = (await client.get("/v1/settings")).headers["ETag"]
        zone = {"time_zone": str(CHICAGO)}
        assert (await client.patch("/v1/settings", json=zone, headers={"If-Match": version})).status_code == 200
        yield client


async def partner_of(http: httpx.AsyncClient) -> str:
    partner = str(new_id())
    body = {"name": "State University", "kind": "higher_education"}
    assert (await http.put(f"/v1/partners/{partner}", json=body)).status_code == 201
    return partner


def days(first: int, last: int) -> dict[str, str]:
    today = now().astimezone(CHICAGO).date()
    return {"begin_date": str(today + timedelta(days=first)), "end_date": str(today + timedelta(days=last))}


async def sign(http: httpx.AsyncClient, partner: str, scopes: list[str], **more: Any) -> str:
    agreement = str(new_id())
    body = days(0, 30) | {"partner_id": partner, "scopes": scopes, "signed_by": "The board"} | more
    answer = await http.put(f"/v1/data-share-agreements/{agreement}", json=body)
    assert answer.status_code == 201, answer.text
    return agreement


async def client_of(http: httpx.AsyncClient, partner: str | None, scopes: list[str]) -> dict[str, Any]:
    answer = await http.post("/v1/clients", json={"name": "theirs", "scopes": scopes, "partner_id": partner})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert made["partner_id"] == partner
    return made


async def ask(http: httpx.AsyncClient, client: dict[str, Any], scope: str = "") -> httpx.Response:
    return await http.post(
        "/oauth2/token", data=GRANT | {"scope": scope}, auth=(client["client_id"], client["client_secret"])
    )


async def reads(district: District, token: str) -> dict[str, int]:
    async with district.client(token=token) as theirs:
        return {service: (await theirs.get(path)).status_code for service, path in READS.items()}


async def test_a_partners_client_may_do_what_both_it_and_the_agreement_say(district, http) -> None:
    partner = await partner_of(http)
    client = await client_of(http, partner, ["goals.read", "goals.write", "roster.read"])
    refused = await ask(http, client)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client"), "there is no agreement yet"
    await sign(http, partner, ["goals.read", "pl.read"])
    given = (await ask(http, client)).json()
    assert given["scope"] == "goals.read"
    assert (await ask(http, client, "goals.write")).json()["error"] == "invalid_scope"
    statuses = await reads(district, given["access_token"])
    assert statuses == {"districts": 403, "observations": 403, "coaching": 200, "analytics": 403}
    await sign(http, partner, ["roster.read"])
    assert (await ask(http, client)).json()["scope"] == "goals.read roster.read", "two agreements give together"
    unbound = await client_of(http, None, ["goals.write"])
    assert (await ask(http, unbound)).json()["scope"] == "goals.write", "the district's own is bound by none"


@pytest.mark.parametrize(("first", "last"), [(1, 30), (-30, -1)])
async def test_an_agreement_that_does_not_hold_today_gives_no_token(http, first, last) -> None:
    partner = await partner_of(http)
    client = await client_of(http, partner, ["goals.read"])
    await sign(http, partner, ["goals.read"], **days(first, last))
    assert (await ask(http, client)).json()["error"] == "unauthorized_client"
    await sign(http, partner, ["goals.read"], **days(0, 0))
    assert (await ask(http, client)).status_code == 200, "its first and its last day both count"


def set_clock(monkeypatch, moment: datetime) -> None:
    """Move the clocks by which tokens are given and verified: ours, and that of PyJWT."""

    class Moved(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

    monkeypatch.setattr(routes, "now", lambda: moment)
    monkeypatch.setattr(tokens, "clock", SimpleNamespace(timestamp=moment.timestamp))
    monkeypatch.setattr(api_jwt, "datetime", Moved)


async def test_access_ends_with_the_last_day_in_the_districts_zone_by_itself(district, http, monkeypatch) -> None:
    """Nobody does anything on that day: expired access = 0."""
    partner = await partner_of(http)
    client = await client_of(http, partner, SCOPES_OF_READS)
    last_day = now().astimezone(CHICAGO).date()
    await sign(http, partner, SCOPES_OF_READS, **days(-10, 0))
    end = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), CHICAGO)
    minutes_before = end - timedelta(minutes=2)
    set_clock(monkeypatch, minutes_before)
    issued = (await ask(http, client)).json()
    token = issued["access_token"]
    assert issued["expires_in"] == 120, "it would have been fifteen minutes"
    assert jwt.decode(token, options={"verify_signature": False})["exp"] == end.timestamp()
    assert set((await reads(district, token)).values()) == {200}
    set_clock(monkeypatch, end)
    assert set((await reads(district, token)).values()) == {401}
    assert (await ask(http, client)).json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("how", ["revoke the agreement", "archive the partner", "take the client away"])
async def test_what_ends_early_ends_in_every_service(district, http, how) -> None:
    partner = await partner_of(http)
    client = await client_of(http, partner, SCOPES_OF_READS)
    agreement = await sign(http, partner, SCOPES_OF_READS)
    before = (await ask(http, client)).json()["access_token"]
    assert set((await reads(district, before)).values()) == {200}
    ending = {
        "revoke the agreement": ("POST", f"/v1/data-share-agreements/{agreement}/revoke", None),
        "archive the partner": ("POST", f"/v1/partners/{partner}/archive", None),
        "take the client away": ("PATCH", f"/v1/clients/{client['id']}", {"partner_id": None}),
    }
    method, path, body = ending[how]
    assert (await http.request(method, path, json=body)).status_code == 428
    done = await http.request(method, path, json=body, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    await district.stack.settle()
    assert await reads(district, before) == dict.fromkeys(SERVICE_NAMES, 401)
    after = await ask(http, client)
    if how == "take the client away":
        assert after.status_code == 200
    else:
        assert after.json()["error"] == "unauthorized_client"
        repeated = await http.request(method, path, headers={"If-Match": '"1"'})
        assert repeated.headers["ETag"] == '"2"', "twice is once"


async def test_another_agreement_goes_on_when_one_is_revoked(district, http) -> None:
    partner = await partner_of(http)
    client = await client_of(http, partner, ["goals.read", "roster.read"])
    revoked = await sign(http, partner, ["goals.read"])
    await sign(http, partner, ["roster.read"])
    await http.post(f"/v1/data-share-agreements/{revoked}/revoke", headers={"If-Match": '"1"'})
    await district.stack.settle()
    token = await token_of(district.stack, client["client_id"], client["client_secret"])
    assert await reads(district, token) == {"districts": 200, "observations": 403, "coaching": 403, "analytics": 403}


async def test_no_agreement_gives_what_would_outlive_it_or_give_rights(http) -> None:
    partner = await partner_of(http)
    body = days(0, 1) | {"partner_id": partner, "signed_by": "The board"}
    assert {"clients.write", "audit.read", "access.read", "webhooks.write", "act_as", ALL} <= NEVER
    assert f"{ONEROSTER}roster.readonly" in NEVER
    assert set(SCOPES) | {ALL} >= NEVER
    for scope in sorted(NEVER):
        answer = await http.put(f"/v1/data-share-agreements/{new_id()}", json=body | {"scopes": ["goals.read", scope]})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/scopes/1"), scope


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": ["nonsense"]}, "#/scopes/0"), ({"scopes": []}, "#/scopes"), ({"end_date": None}, "#/end_date"),
        (days(0, 0) | {"begin_date": "9000-01-01"}, "#/end_date"), ({"partner_id": str(new_id())}, "#/partner_id"),
        ({"signed_by": ""}, "#/signed_by"),
    ],
)  # fmt: skip
async def test_an_agreement_that_does_not_fit_is_refused(http, change, pointer) -> None:
    partner = await partner_of(http)
    body = days(0, 9) | {"partner_id": partner, "scopes": ["goals.read"], "signed_by": "The board"} | change
    answer = await http.put(f"/v1/data-share-agreements/{new_id()}", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_what_was_signed_does_not_change_and_repeating_it_is_nothing(http) -> None:
    partner = await partner_of(http)
    body = days(0, 9) | {"partner_id": partner, "scopes": ["pl.read", "goals.read"], "signed_by": "The board"}
    path = f"/v1/data-share-agreements/{new_id()}"
    assert (await http.put(path, json=body)).status_code == 201
    assert (await http.put(path, json=body)).status_code == 200
    changed = await http.put(path, json=body | days(0, 10), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["type"]) == (409, "urn:throughline:problem:agreement-signed")
    listed = (await http.get("/v1/data-share-agreements", params={"partner_id": partner})).json()["data"]
    assert [row["scopes"] for row in listed] == [["goals.read", "pl.read"]]
    far = {"as_of": "2000-01-01"}
    assert (await http.get("/v1/data-share-agreements", params=far)).json()["data"] == []


async def test_nobody_hands_out_what_they_do_not_have(district, http) -> None:
    partner = await partner_of(http)
    clerk = await client_of(http, None, ["partners.write", "partners.read", "goals.read"])
    body = days(0, 9) | {"partner_id": partner, "signed_by": "The board"}
    token = await token_of(district.stack, clerk["client_id"], clerk["client_secret"])
    async with district.client(token=token) as theirs:
        path = f"/v1/data-share-agreements/{new_id()}"
        assert (await theirs.put(path, json=body | {"scopes": ["pl.read"]})).status_code == 403
        assert (await theirs.put(path, json=body | {"scopes": ["goals.read"]})).status_code == 201


async def test_a_client_of_no_partner_or_of_an_archived_one_is_not_made(http, other_district) -> None:
    partner = await partner_of(http)
    await http.post(f"/v1/partners/{partner}/archive", headers={"If-Match": '"1"'})
    async with other_district.client() as other:
        theirs = await partner_of(other)
    for wrong in (partner, theirs, str(new_id())):
        answer = await http.post("/v1/clients", json={"name": "x", "scopes": ["pl.read"], "partner_id": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/partner_id")


async def test_it_is_announced_and_audited_without_names(district, http) -> None:
    partner = await partner_of(http)
    agreement = await sign(http, partner, ["goals.read"], signed_by="Ada Clerk")
    await http.patch(f"/v1/partners/{partner}", json={"name": "Renamed"}, headers={"If-Match": '"1"'})
    await http.get(f"/v1/data-share-agreements/{agreement}")
    await http.post(f"/v1/data-share-agreements/{agreement}/revoke", headers={"If-Match": '"1"'})
    await district.stack.settle()
    types = ["partner.changed", "data_share_agreement.signed", "data_share_agreement.revoked"]
    events = (await http.get("/v1/events", params={"types": types})).json()["data"]
    assert [event["type"] for event in events] == [
        "partner.changed", "data_share_agreement.signed", "partner.changed", "data_share_agreement.revoked",
    ]  # fmt: skip
    audits = (await http.get("/v1/audit-events/districts", params={"limit": 500})).json()["data"]
    actions = {event["action"] for event in audits}
    assert {*types, "data_share_agreement.viewed"} <= actions
    assert not any(word in str(events) + str(audits) for word in ("Ada", "Renamed", "State University"))


SOME = st.frozensets(st.sampled_from(sorted(SCOPES)), max_size=6)


@given(
    own=SOME,
    agreements=st.lists(st.tuples(SOME, st.integers(0, 400)), max_size=4),
    hour=st.integers(0, 23),
)
def test_a_token_is_never_more_nor_longer_than_what_it_was_given_by(own, agreements, hour) -> None:
    asked = datetime(2026, 3, 8, hour, tzinfo=UTC)  # the day on which the clocks of Chicago change
    today = asked.astimezone(CHICAGO).date()
    held_today = [InForce(new_id(), scopes, today + timedelta(days=length)) for scopes, length in agreements]
    bound = bounds(own, new_id(), held_today, CHICAGO, asked)
    if bound is None:
        assert not held(own) & held(scope for one in held_today for scope in one.scopes)
        return
    assert bound.scopes <= held(own)
    assert not bound.scopes & NEVER
    by_id = {one.id: one for one in held_today}
    giving = [by_id[id_] for id_ in bound.ends_with if id_ in by_id]
    assert bound.scopes <= held(scope for one in giving for scope in one.scopes)
    last = min(one.end_date for one in giving)
    local = bound.until.astimezone(CHICAGO)
    assert asked < bound.until
    assert (local.date(), local.time()) == (date.fromordinal(last.toordinal() + 1), datetime.min.time())


async def test_who_has_less_than_a_partners_client_does_not_take_it_out_of_its_agreements(district, http) -> None:
    partner, other = await partner_of(http), await partner_of(http)
    client = await client_of(http, partner, ["goals.read", "roster.read"])
    narrow = await token_of(district.stack, district.client_id, district.client_secret, "clients.write goals.read")
    path, if_match = f"/v1/clients/{client['id']}", {"If-Match": "*"}
    async with district.client(token=narrow) as desk:
        for elsewhere in (None, other):
            answer = await desk.patch(path, json={"partner_id": elsewhere}, headers=if_match)
            assert (answer.status_code, answer.json().get("scopes")) == (403, ["roster.read"]), answer.text
        narrowed = {"partner_id": None, "scopes": ["goals.read"]}
        assert (await desk.patch(path, json=narrowed, headers=if_match)).status_code == 200
