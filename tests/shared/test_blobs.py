import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import boto3
import pytest
from moto.server import ThreadedMotoServer

from shared.blobs import Blob, Blobs
from shared.errors import TooLarge

HERE = UUID("01890000-0000-7000-8000-000000000001")
ELSEWHERE = UUID("01890000-0000-7000-8000-000000000002")
CONTENT = b"sourcedId,status\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def blobs(request, tmp_path, monkeypatch) -> Blobs:
    if request.param == "folder":
        return Blobs.open(f"file://{tmp_path}/the%20blobs")
    endpoint = request.getfixturevalue("s3_endpoint")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "throughline")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of this test")
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    s3.create_bucket(Bucket="district-files")
    return Blobs.open(f"s3://district-files/blobs/{tmp_path.name}?endpoint={endpoint}&region=us-east-1")


async def in_pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        await asyncio.sleep(0)
        yield content[start : start + size]


async def read(blobs: Blobs, district_id: UUID, sha256: str) -> bytes:
    return b"".join([piece async for piece in blobs.stream(district_id, sha256)])


@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
async def test_what_was_put_is_read_back(blobs, content):
    blob = await blobs.put(HERE, in_pieces(content), max_bytes=len(content))
    assert blob == Blob(hashlib.sha256(content).hexdigest(), len(content))
    assert await read(blobs, HERE, blob.sha256) == content
    async with blobs.path_or_spool(HERE, blob.sha256) as path:
        assert path.read_bytes() == content


async def test_bytes_and_a_stream_of_them_are_the_same_blob(blobs):
    assert await blobs.put(HERE, CONTENT, 10**6) == await blobs.put(HERE, in_pieces(CONTENT), 10**6)


async def test_a_blob_belongs_to_its_district(blobs):
    await blobs.put(HERE, CONTENT, 10**6)
    assert await blobs.exists(HERE, SHA256)
    assert not await blobs.exists(ELSEWHERE, SHA256)
    with pytest.raises(FileNotFoundError):
        await read(blobs, ELSEWHERE, SHA256)
    with pytest.raises(FileNotFoundError):
        async with blobs.path_or_spool(ELSEWHERE, SHA256):
            pass


async def test_too_large_is_told_before_the_rest_arrives_and_leaves_nothing(blobs):
    arrived = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal arrived
        while True:
            arrived += 1
            yield b"x" * 1000

    with pytest.raises(TooLarge) as raised:
        await blobs.put(HERE, without_end(), max_bytes=5000)
    assert raised.value.status == 413
    assert arrived == 6
    assert not await blobs.exists(HERE, hashlib.sha256(b"x" * 5000).hexdigest())


async def test_an_upload_that_breaks_off_leaves_nothing(blobs, tmp_path, monkeypatch):
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))

    async def broken() -> AsyncIterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await blobs.put(HERE, broken(), 10**6)
    assert not await blobs.exists(HERE, SHA256)
    assert list(spool.iterdir()) == []


async def test_many_may_put_the_same_at_once(blobs):
    put = await asyncio.gather(*(blobs.put(HERE, in_pieces(CONTENT), 10**6) for _ in range(8)))
    assert set(put) == {Blob(SHA256, len(CONTENT))}
    assert await read(blobs, HERE, SHA256) == CONTENT


async def test_a_spooled_file_is_gone_afterwards_and_a_folders_stays(blobs):
    await blobs.put(HERE, CONTENT, 10**6)
    async with blobs.path_or_spool(HERE, SHA256) as path:
        pass
    assert path.exists() == (f"{HERE}/{SHA256[:2]}/{SHA256}" in str(path))
    assert await blobs.exists(HERE, SHA256)


async def test_forgetting_twice_is_no_error(blobs):
    await blobs.put(HERE, CONTENT, 10**6)
    await blobs.delete(HERE, SHA256)
    await blobs.delete(HERE, SHA256)
    assert not await blobs.exists(HERE, SHA256)


@pytest.mark.parametrize("name", ["", "../../../etc/passwd", "A" * 64, "a" * 63])
async def test_what_is_no_digest_names_nothing(blobs, name):
    with pytest.raises(FileNotFoundError):
        await read(blobs, HERE, name)


async def test_an_upload_in_several_parts_comes_back_whole(blobs):
    content = bytes(range(256)) * (12 * 4096)
    blob = await blobs.put(HERE, in_pieces(content, 1 << 20), len(content))
    assert await read(blobs, HERE, blob.sha256) == content


async def test_an_upload_is_never_in_memory_as_a_whole(tmp_path):
    blobs = Blobs.open(f"file://{tmp_path}")
    piece = b"x" * (1 << 20)

    async def large() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield piece

    tracemalloc.start()
    await blobs.put(HERE, large(), 1 << 30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("url", ["", "/blobs", "ftp://x/y", "s3://bucket/p?colour=blue"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match=r"blob store|S3 address"):
        Blobs.open(url)


def test_a_folder_is_made_where_it_is_wanted(tmp_path: Path):
    Blobs.open(f"file://{tmp_path}/a/b")
    assert (tmp_path / "a" / "b").is_dir()
