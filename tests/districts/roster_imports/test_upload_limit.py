"""Uploads are dear, so they have a limit of their own beside that of every request."""

from shared.limits import Limiter
from shared.testing.stack import District


async def test_too_many_uploads_are_refused_before_they_are_read(district: District, monkeypatch) -> None:
    runtime = district.stack.runtimes["districts"]
    monkeypatch.setattr(runtime, "uploads", Limiter(None, requests=1, name="uploads"))
    zipped = {"Content-Type": "application/zip"}
    async with district.client() as http:
        first = await http.post("/v1/roster-imports", content=b"PK", headers=zipped)
        assert first.status_code != 429
        assert first.headers["RateLimit-Policy"] == '"default";q=1000000;w=60, "uploads";q=1;w=60'
        second = await http.post("/v1/roster-imports", content=b"PK", headers=zipped)
        assert second.status_code == 429
        assert second.json()["type"] == "urn:throughline:problem:too-many-requests"
        assert int(second.headers["Retry-After"]) > 0
        assert '"uploads";r=0' in second.headers["RateLimit"]
        other = await http.get("/v1/orgs")
        assert other.status_code == 200
        assert other.headers["RateLimit-Policy"] == '"default";q=1000000;w=60'
