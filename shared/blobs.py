"""Uploads and files we make, kept under the SHA-256 of their content, in a folder or any S3-compatible store.

    file:///var/lib/throughline/blobs
    s3://bucket/prefix?endpoint=https://minio.example&region=us-east-1     credentials: AWS_ACCESS_KEY_ID ...

A district's blobs are its own: the same bytes of two districts are kept twice, so one can be erased without asking for
the other. The store shows a blob whole or not at all, and putting one twice is harmless.
"""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import obstore
from obstore.store import LocalStore, S3Store

from shared.errors import TooLarge

if TYPE_CHECKING:  # exists for the type checker only
    from obstore.store import S3Config

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_PARTS_AT_ONCE = 3  # of 5 MiB each: what one upload may hold in memory


@dataclass(frozen=True, slots=True)
class Blob:
    sha256: str
    size: int


class Blobs:
    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder  # where the store is a folder, a blob has a path already

    @classmethod
    def open(cls, url: str) -> Self:
        parts = urlsplit(url)
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            return cls(LocalStore(folder, mkdir=True), folder)
        if parts.scheme == "s3":
            return cls(_s3(parts.netloc, parts.path.strip("/"), dict(parse_qsl(parts.query))))
        raise ValueError(f"a blob store is file:///folder or s3://bucket/prefix, not {parts.scheme}://")

    async def put(
        self, district_id: UUID, content: AsyncIterator[bytes] | bytes, max_bytes: int, *, only: Blob | None = None
    ) -> Blob:
        """Keep what streams in. It goes through a temporary file, for its name is known only at its end.

        `only`: what it was announced to be. Anything else is told and not kept.
        """
        chunks = _sliced(content) if isinstance(content, bytes) else content
        with tempfile.NamedTemporaryFile(prefix="throughline-") as spool:
            blob = await _spool(chunks, spool, max_bytes)
            if only not in {None, blob}:
                return blob
            if not await self.exists(district_id, blob.sha256):
                await obstore.put_async(
                    self._store, _key(district_id, blob.sha256), Path(spool.name), max_concurrency=_PARTS_AT_ONCE
                )
        return blob

    async def exists(self, district_id: UUID, sha256: str) -> bool:
        try:
            await obstore.head_async(self._store, _key(district_id, sha256))
        except FileNotFoundError:
            return False
        return True

    async def stream(self, district_id: UUID, sha256: str) -> AsyncIterator[bytes]:
        """Give the content in pieces; FileNotFoundError when there is no such blob."""
        found = await obstore.get_async(self._store, _key(district_id, sha256))
        async for piece in found.stream(min_chunk_size=_CHUNK):
            yield bytes(piece)

    @asynccontextmanager
    async def path_or_spool(self, district_id: UUID, sha256: str) -> AsyncIterator[Path]:
        """Give a local file to seek in, as reading a zip needs it. It may be gone afterwards; never write to it."""
        if self._folder:
            path = self._folder / _key(district_id, sha256)
            if not path.is_file():
                raise FileNotFoundError(path)
            yield path
            return
        with tempfile.NamedTemporaryFile(prefix="throughline-") as spool:
            async for piece in self.stream(district_id, sha256):
                await asyncio.to_thread(spool.write, piece)
            spool.flush()
            yield Path(spool.name)

    async def delete(self, district_id: UUID, sha256: str) -> None:
        """Forget a blob, for retention and erasure; forgetting twice is no error."""
        try:
            await obstore.delete_async(self._store, _key(district_id, sha256))
        except FileNotFoundError:
            return


def _s3(bucket: str, prefix: str, options: dict[str, str]) -> S3Store:
    endpoint, region = options.pop("endpoint", None), options.pop("region", None)
    if options:
        raise ValueError(f"an S3 address knows endpoint and region, not {', '.join(options)}")
    config: S3Config = {}
    if endpoint:
        config["endpoint"] = endpoint
    if region:
        config["region"] = region
    plain = bool(endpoint and endpoint.startswith("http://"))
    return S3Store(bucket, prefix=prefix or None, config=config, client_options={"allow_http": plain})


def _key(district_id: UUID, sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise FileNotFoundError(sha256)
    return f"{district_id}/{sha256[:2]}/{sha256}"


async def _sliced(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _CHUNK):
        yield content[start : start + _CHUNK]


async def _spool(chunks: AsyncIterator[bytes], spool: IO[bytes], max_bytes: int) -> Blob:
    digest = hashlib.sha256()
    size = 0

    def take(chunk: bytes) -> None:
        digest.update(chunk)
        spool.write(chunk)

    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"At most {max_bytes} bytes are taken here.")
        await asyncio.to_thread(take, chunk)
    spool.flush()
    return Blob(digest.hexdigest(), size)
