"""Sources for tests: named over HTTP, asked over a real socket."""

from typing import Any

from shared.testing.stack import District
from tests.districts.fake_sis import CLIENT_ID, SECRET, FakeSis

Json = dict[str, Any]


def profile(sis: FakeSis, **more: Any) -> Json:
    """Say how this SIS is to be asked."""
    kind, _, method = sis.traits.auth.partition("-")
    said: Json = {"name": "SIS", "base_url": sis.base_url, "oneroster_version": sis.traits.version, "secret": SECRET}
    if kind == "oauth1":
        said |= {"auth_kind": "oauth1", "client_id": CLIENT_ID, "signature_method": method}
    elif kind == "bearer":
        said |= {"auth_kind": "bearer"}
    else:
        said |= {"auth_kind": "oauth2", "client_id": CLIENT_ID, "token_url": sis.token_url, "token_style": kind}
    return said | more


async def add(district: District, given: Json) -> Json:
    async with district.client() as http:
        answer = await http.post("/v1/roster-sources", json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def pull(district: District, source: Json, mode: str = "full", expected: str = "imported") -> tuple[Json, Json]:
    """Pull, let the jobs run, and give the pull and the import that it became."""
    async with district.client() as http:
        answer = await http.post(f"/v1/roster-sources/{source['id']}/pull", json={"mode": mode})
        assert answer.status_code == 202, answer.text
        await district.stack.settle()
        done = (await http.get(answer.headers["Location"])).json()
        assert done["state"] == expected, done
        imported = (await http.get(done["roster_import"])).json() if done["roster_import"] else {}
    return done, imported


def counted(imported: Json) -> dict[str, tuple[int, int, int]]:
    """Give added, changed and removed of each file in which there was any."""
    found = {name: (f["new"], f["changed"], f["ended"]) for name, f in imported["files"].items()}
    return {name: counts for name, counts in found.items() if any(counts)}
