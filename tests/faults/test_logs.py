"""What the real processes log of a wide scenario, talkative as they can be: no secret, no token, no word, no name."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.districts.privacy.scene import SECRET, a_scene
from tests.faults.process_tree import Up, soon
from tests.observations.scenes import ok

NAMES = ("Unmistakable", "unmistakable@example.org", "HR-77", "colleague")
LAG = "throughline_feed_lag_seconds{"
WORDS = (SECRET, "T asks question", "You asked five", "Wait three seconds", "What works?", "the teacher answers this")


@dataclass
class Real:
    """Stands where a test's stack does, and is a running `throughline up`."""

    url: str
    runtimes: dict[str, object] = field(default_factory=dict)

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    async def settle(self) -> None:
        """Wait until every feed is applied everywhere, as /metrics tells it."""
        async with asyncio.timeout(90), self.client() as http:
            behind = True
            while behind:
                await asyncio.sleep(1.5)  # till what was just committed has its place in a feed
                told = (await http.get("/metrics")).text.splitlines()
                behind = any(float(line.split()[-1]) > 0 for line in told if line.startswith(LAG))


@dataclass
class RealDistrict:
    id: UUID
    client_id: str
    client_secret: str
    stack: Real
    token: str = ""

    def client(self, person: UUID | None = None, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.stack.client(**headers, **({"Throughline-Person": str(person)} if person else {}))


@pytest.fixture
def talkative() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="tl-logs-"))
    up = Up(folder / "data")
    up.environment["THROUGHLINE_LOG_LEVEL"] = "DEBUG"
    up.start()
    try:
        assert soon(up.is_ready, 180), up.log.read_text()
        yield up
    finally:
        up.stop()
        shutil.rmtree(folder)


async def when(http: httpx.AsyncClient, address: str, state: str) -> httpx.Response:
    """Wait until a job has brought it there."""
    async with asyncio.timeout(90):
        while (found := await http.get(address)).json()["state"] != state:  # noqa: ASYNC110 - another process moves it
            await asyncio.sleep(0.5)
    return found


async def play(district: RealDistrict) -> list[str]:
    """Do what leaves traces, refusals and faults of a caller among it; give every secret and token that was used."""
    async with district.stack.client() as http:
        given = await http.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(district.client_id, district.client_secret),
        )
        district.token = given.json()["access_token"]
        wrong = "wrong-secret-of-somebody"
        await http.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=(district.client_id, wrong))
        await http.get("/v1/people", headers={"Authorization": "Bearer not.a-token.at-all"})
    scene = await a_scene(district)  # type: ignore[arg-type]
    async with scene.acting("teacher") as http:
        shared = await http.get(f"/v1/observations/{scene.made['shared']}")
        read = ok(await http.post(f"/v1/observations/{scene.made['shared']}/read", json={},
                                  headers={"If-Match": shared.headers["ETag"]}))  # fmt: skip
        etag = {"If-Match": f'"{read["version"]}"'}
        said = {"text": "the teacher answers this"}
        ok(await http.post(f"/v1/observations/{scene.made['shared']}/respond", json=said, headers=etag))
        assert (await http.post(f"/v1/people/{scene.teacher}/data-exports")).status_code == 202
    async with scene.acting() as http:
        for query in ({"email": NAMES[1]}, {"external_id": f"hr:{NAMES[2]}"}, {"nothing": NAMES[0]}):
            await http.get("/v1/people", params=query)
        await http.get("/ims/oneroster/rostering/v1p2/users", params={"filter": f"familyName='{NAMES[0]}'"})
        await http.get(f"/ims/oneroster/rostering/v1p2/users/{NAMES[0]}")
        await http.put(
            f"/v1/people/{scene.teacher}", json={"given_name": NAMES[0], "family_name": 7, "email": NAMES[1]}
        )
        await http.post("/v1/observations", content=f'{{"script": "{SECRET}'.encode(),
                        headers={"Content-Type": "application/json"})  # fmt: skip
        await http.post("/v1/roster-imports", content=f"{NAMES[0]},{NAMES[1]}".encode(),
                        headers={"Content-Type": "application/zip"})  # fmt: skip
        made = ok(await http.post("/v1/clients", json={"name": "a program", "scopes": ["roster.read"]}), 201)
        asked = ok(await http.post("/v1/erasures", json={"reason": "request", "person_id": scene.teacher}), 202)
        plan = await when(http, f"/v1/erasures/{asked['id']}", "planned")
        ok(await http.post(f"/v1/erasures/{asked['id']}/apply", headers={"If-Match": plan.headers["ETag"]}), 202)
        await when(http, f"/v1/erasures/{asked['id']}", "applied")
        await district.stack.settle()
    return [district.client_secret, district.token, wrong, made["client_secret"], "not.a-token"]


def test_no_secret_no_token_no_name_and_no_word_is_in_the_logs(talkative: Up) -> None:
    made = talkative.run("district", "create", "--name", "North", "--json")
    district_id = json.loads(made.stdout)["district_id"]
    client = json.loads(
        talkative.run("client", "create", "--district", district_id, "--name", "t", "--scope", "all", "--json").stdout
    )
    district = RealDistrict(
        UUID(district_id), client["client_id"], client["client_secret"], Real(f"http://127.0.0.1:{talkative.port}")
    )
    secrets = asyncio.run(play(district))
    logs = {path: path.read_text(errors="replace") for path in [talkative.log, *talkative.data_dir.rglob("*.log")]}
    whole = "\n".join(logs.values())
    assert whole.count('"request"') > 50, "the processes log here, a line for each request"
    assert "observations" in whole
    key = (talkative.data_dir / "service.key").read_text().strip()
    for private in (*secrets, key, *NAMES[:3], *WORDS):
        assert private not in whole, [line[:300] for line in whole.splitlines() if private in line][:3]
    assert "eyJ" not in whole, "no token, of whomever"
    verified = talkative.run("audit", "verify", "--district", district_id)
    assert verified.returncode == 0, verified.stdout + verified.stderr
