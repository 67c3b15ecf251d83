"""Bodies as an attacker sends them: deep, wide, endless, packed. Each is refused in short time, and nothing breaks."""

import time
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from shared.testing.stack import District
from tests.districts.setting import named

PERSON = f"/v1/people/{named('x')}"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 200_000, 422),
        (b'{"a":' * 200_000, 422),
        (b'{"given_name":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 422),
        (b'{"external_ids":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}", 422),
        (b'{"given_name":"' + b"x" * 3_000_000 + b'","family_name":"y"}', 422),
        (b'{"given_name":"' + b"x" * 5_000_000 + b'","family_name":"y"}', 413),
        (b'{"given_name": ' + b"9" * 100_000 + b"}", 422),
        (b'{"roles":[' + b",".join([b"{}"] * 50_000) + b"]}", 422),
        (b"\xff\xfe" * 1000, 422),
        (b'{"given_name":"\\ud800","family_name":"y"}', 422),
        (b'{"given_name":"a\\u0000b","family_name":"y"}', 422),
        (b"", 422),
        (b"nul", 422),
    ],
)
@pytest.mark.parametrize("path", [("PUT", PERSON), ("POST", "/v1/observations")])
async def test_a_hostile_json_body_is_refused_in_short_time(district: District, path, body, status) -> None:
    method, address = path
    async with district.client() as http:
        began = time.monotonic()
        answer = await http.request(method, address, content=body, headers=JSON)
        assert answer.status_code == status, answer.text[:300]
        assert time.monotonic() - began < 10
        assert len(answer.content) < 20_000, "a refusal does not send the body back"
        assert (await http.get("/v1/orgs")).status_code == 200, "and all goes on"


async def test_a_body_without_a_length_is_cut_off_at_the_limit(district: District) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * 2**20:
            sent += 2**20
            yield b" " * 2**20

    async with district.client() as http:
        answer = await http.put(PERSON, content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_packed_body_is_not_unpacked(district: District) -> None:
    async with district.client() as http:
        for coding in ("gzip", "br", "zstd", "gzip, gzip"):
            answer = await http.put(PERSON, content=b"x", headers=JSON | {"Content-Encoding": coding})
            assert answer.status_code == 415


def bomb(entries: int, size: int) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(entries):
            archive.writestr(f"{'../' * (number % 3)}f{number}.csv", b"0" * size)
    return target.getvalue()


@pytest.mark.parametrize(
    "content", [bomb(1, 50_000_000), bomb(20_000, 1), b"PK\x03\x04" + b"\x00" * 100, b"", b"not a zip"]
)
async def test_a_hostile_upload_ends_refused_and_leaves_nothing(district: District, content: bytes) -> None:
    async with district.client() as http:
        answer = await http.post("/v1/roster-imports", content=content, headers={"Content-Type": "application/zip"})
        assert answer.status_code in {202, 413, 422}, answer.text
        await district.stack.settle()
        if answer.status_code == 202:
            state = (await http.get(answer.headers["Location"])).json()["state"]
            assert state == "refused"
        assert (await http.get("/v1/people")).json()["data"] == []
