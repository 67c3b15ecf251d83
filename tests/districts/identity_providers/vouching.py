"""A district whose people sign in at a fake identity provider, and a frontend that exchanges their ID tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.districts.clients.service import create_client
from shared.clock import new_id
from shared.testing.identity_provider import AUDIENCE, FakeIdentityProvider, identity_provider
from shared.testing.stack import District
from tests.districts.setting import Setting, put, small_setting

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
SCOPES = ("act_as", "roster.read", "leaves.read", "observations.read", "goals.read")


@dataclass
class Frontend:
    setting: Setting
    idp: FakeIdentityProvider
    provider_id: str
    client_id: str
    client_secret: str

    @property
    def district(self) -> District:
        return self.setting.district

    @property
    def path(self) -> str:
        return f"/v1/identity-providers/{self.provider_id}"

    async def ask(self, token: str, **fields: str | None) -> httpx.Response:
        form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ID_TOKEN} | fields
        data = {name: value for name, value in form.items() if value is not None}
        async with self.district.stack.client() as http:
            return await http.post("/oauth2/token", data=data, auth=(self.client_id, self.client_secret))

    async def token(self, subject: str, **claims: Any) -> str:
        answer = await self.ask(self.idp.id_token(subject, **claims))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def change(self, **members: Any) -> None:
        async with self.district.client() as http:
            version = (await http.get(self.path)).headers["ETag"]
            answer = await http.patch(self.path, json=members, headers={"If-Match": version})
            assert answer.status_code == 200, answer.text

    async def change_person(self, person: str, **members: Any) -> None:
        async with self.district.client() as http:
            version = (await http.get(f"/v1/people/{person}")).headers["ETag"]
            answer = await http.patch(f"/v1/people/{person}", json=members, headers={"If-Match": version})
            assert answer.status_code == 200, answer.text


def provider_of(idp: FakeIdentityProvider, **members: Any) -> dict[str, Any]:
    return {
        "name": "the district's login",
        "issuer": idp.issuer,
        "audiences": [AUDIENCE],
        "person_by": "external_id",
        "external_system": "login",
    } | members


@asynccontextmanager
async def frontend_of(district: District, **members: Any) -> AsyncIterator[Frontend]:
    setting = await small_setting(district)
    async with identity_provider() as idp, district.client() as http:
        provider_id = str(new_id())
        await put(http, f"/v1/identity-providers/{provider_id}", provider_of(idp, **members))
        client = await create_client(
            district.stack.runtimes["districts"].database, district.id, "a frontend", members.pop("scopes", SCOPES)
        )
        frontend = Frontend(setting, idp, provider_id, client.client_id, client.client_secret)
        for name in ("principal", "teacher", "stranger"):
            known = {"external_ids": {"login": f"login|{name}"}, "email": f"{name}@district.example"}
            await frontend.change_person(getattr(setting, name), **known)
        await district.stack.settle()
        yield frontend


def refusal(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "error_description"}, body
    return answer.status_code, body["error"]
