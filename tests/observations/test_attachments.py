"""Files of an observation: announced, sent when there is a network, held back until they were looked through."""

import asyncio
import hashlib
import stat
import sys
from contextlib import asynccontextmanager

import httpx
import pytest

from services.observations.app import create_app
from services.observations.observation_attachments.scanning import ScannerUnavailableError, scan
from services.observations.settings import ObservationsSettings
from shared.clock import new_id
from shared.peers import open_peers
from tests.observations.scenes import ok, pointers, refused

WORK = b"What the students wrote. " * 1000


def announced(made, content=WORK, **changes):
    return {
        "observation_id": made["id"], "name": "student work.txt", "media_type": "text/plain", "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    } | changes  # fmt: skip


async def test_a_file_is_announced_sent_and_read_with_its_observation(school):
    made = await school.record()
    path, body = f"/v1/observation-attachments/{new_id()}", announced(made)
    async with school.acting("principal") as http:
        assert ok(await http.put(path, json=body), 201)["state"] == "expected"
        refused(await http.get(f"{path}/content"), 409, "attachment-not-readable")
        for other in (WORK[:-1], WORK[::-1]):
            refused(await http.put(f"{path}/content", content=other), 422, "other-bytes")
            blobs = school.district.stack.runtimes["observations"].blobs
            assert not await blobs.exists(school.district.id, hashlib.sha256(other).hexdigest()), "kept by nobody"
        refused(await http.put(f"{path}/content", content=WORK + b"!"), 413)
        for _ in range(2):
            here = ok(await http.put(f"{path}/content", content=WORK))
            assert (here["state"], here["version"]) == ("clean", 2)
        answer = await http.get(f"{path}/content")
        assert answer.content == WORK
        assert answer.headers["content-disposition"] == "attachment"
        fixed = refused(await http.put(path, json=body | {"size": 5}, headers={"If-Match": '"2"'}), 422)
        assert pointers(fixed) == ["#/size"]
        assert ok(await http.put(path, json=body))["version"] == 2
    async with school.acting("teacher") as http:
        refused(await http.get(f"{path}/content"), 404)
    await school.move("share", "principal", made)
    async with school.acting("teacher") as http:
        assert (await http.get(f"{path}/content")).content == WORK
        refused(await http.post(f"{path}/archive", headers={"If-Match": '"2"'}), 403)
    async with school.acting("superintendent") as http:
        refused(await http.get(f"{path}/content"), 404)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"media_type": "application/x-msdownload"}, "#/media_type"),
        ({"size": 2**39}, "#/size"),
        ({"name": "../../etc/passwd"}, "#/name"),
        ({"sha256": "ABC"}, "#/sha256"),
        ({"observation_id": str(new_id())}, "#/observation_id"),
    ],
)
async def test_what_is_not_taken_is_said_before_it_is_sent(school, changes, pointer):
    made = await school.record()
    async with school.acting("principal") as http:
        answer = await http.put(f"/v1/observation-attachments/{new_id()}", json=announced(made, **changes))
        assert pointers(refused(answer, 422)) == [pointer]


@asynccontextmanager
async def with_scanner(school, name, scanner):
    """The app of observations once more, with a scanner; the job is the stack's worker's to find."""
    stack = school.district.stack
    own = ObservationsSettings(**stack.settings | {"attachment_scanner": scanner})
    app = create_app(own, peers=open_peers(own, stack.transport))
    async with app.router.lifespan_context(app):
        headers = {"Authorization": f"Bearer {school.district.token}", "Throughline-Person": str(school.staff[name])}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://observations", headers=headers) as http:
            yield http


async def test_with_a_scanner_nobody_gets_it_before_it_was_looked_through(school):
    made = await school.record()
    path = f"/v1/observation-attachments/{new_id()}"
    async with with_scanner(school, "principal", "command:true {}") as http:
        ok(await http.put(path, json=announced(made)), 201)
        assert ok(await http.put(f"{path}/content", content=WORK))["state"] == "quarantined"
        refused(await http.get(f"{path}/content"), 409, "attachment-not-readable")
        job = ok(await http.get("/v1/observation-attachments", params={"state": "quarantined"}))["data"]
    assert [one["sha256"] for one in job] == [hashlib.sha256(WORK).hexdigest()]


async def test_a_command_says_clean_infected_or_that_nobody_looked(tmp_path):
    scanner = tmp_path / "scanner"
    scanner.write_text(
        f"#!{sys.executable}\nimport sys\nbody = open(sys.argv[1], 'rb').read()\n"
        "print('Eicar-Signature FOUND' if b'EICAR' in body else 'OK')\n"
        "sys.exit(2 if b'BROKEN' in body else b'EICAR' in body)\n"
    )
    scanner.chmod(scanner.stat().st_mode | stat.S_IXUSR)
    file = tmp_path / "file"
    for content, clean in ((b"all well", True), (b"EICAR", False)):
        await asyncio.to_thread(file.write_bytes, content)
        finding = await scan(f"command:{scanner} {{}}", file)
        assert (finding.is_clean, finding.said) == (clean, None if clean else "Eicar-Signature FOUND")
    file.write_bytes(b"BROKEN")
    for command in (f"command:{scanner} {{}}", "command:/nowhere/at/all {}"):
        with pytest.raises(ScannerUnavailableError):
            await scan(command, file)


async def test_a_service_says_so_over_http(tmp_path):
    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readuntil(b"0\r\n\r\n")
        status = b"406 Not Acceptable" if b"EICAR" in body else b"503 Busy" if b"BROKEN" in body else b"200 OK"
        assert head.startswith(b"POST /scan")
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\nConnection: close\r\n\r\nEicar")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/scan"
    file = tmp_path / "file"
    async with server:
        for content, clean in ((b"all well", True), (b"EICAR", False)):
            await asyncio.to_thread(file.write_bytes, content)
            assert (await scan(url, file)).is_clean is clean
        await asyncio.to_thread(file.write_bytes, b"BROKEN")
        with pytest.raises(ScannerUnavailableError):
            await scan(url, file)
