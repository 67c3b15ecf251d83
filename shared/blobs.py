"""Uploads and files we make, kept under the SHA-256 of their content, in a folder or any S3-compatible store.

    file:///var/lib/throughline/blobs
    s3://bucket/prefix?endpoint=https://minio.example&region=us-east-1     credentials: AWS_ACCESS_KEY_ID ...

A district's blobs are its own: the same bytes of two districts are kept twice, so one can be erased without asking for
the other. The store shows a blob whole or not at all, and putting one twice is harmless.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from shared.errors import TooLarge, Unavailable

if TYPE_CHECKING:  # exists for the type checker only
    from obstore.store import S3Config

log = structlog.get_logger(__name__)
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
        """Keep what streams in. It has a name only once it is whole: a process that is killed leaves nothing behind.

        `only`: what it was announced to be. Anything else is told and not kept.
        """
        chunks = _sliced(content) if isinstance(content, bytes) else content
        with _as_outage(), tempfile.TemporaryFile(prefix="throughline-", dir=self._folder) as spool:
            blob = await _spool(chunks, spool, max_bytes)
            if only is not None and blob != only:
                return blob
            if not await self.exists(district_id, blob.sha256):
                await self._keep(spool, _key(district_id, blob.sha256))
        return blob

    async def _keep(self, spool: IO[bytes], key: str) -> None:
        if self._folder is not None:
            is_named: bool = await asyncio.to_thread(_give_name, spool, self._folder / key)
            if is_named:
                return
        spool.seek(0)
        await obstore.put_async(self._store, key, spool, max_concurrency=_PARTS_AT_ONCE)

    async def exists(self, district_id: UUID, sha256: str) -> bool:
        try:
            with _as_outage():
                await obstore.head_async(self._store, _key(district_id, sha256))
        except FileNotFoundError:
            return False
        return True

    async def stream(self, district_id: UUID, sha256: str) -> AsyncIterator[bytes]:
        """Give the content in pieces; FileNotFoundError when there is no such blob."""
        with _as_outage():
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
            with _as_outage():
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


class _OfTheSenderError(Exception):
    """Holds what broke off the stream that came in, which is no fault of the store."""


@contextmanager
def _as_outage() -> Iterator[None]:
    """Say that the store does not answer, or has no room: that passes, and the same request may be sent again."""
    try:
        yield
    except FileNotFoundError:
        raise
    except _OfTheSenderError as error:
        raise error.__cause__ or error from None
    except (OSError, BaseError) as error:
        log.warning("blobs.refused", error=type(error).__name__, number=getattr(error, "errno", None))
        raise Unavailable("files cannot be kept or read just now", headers={"Retry-After": "1"}) from error


def _give_name(spool: IO[bytes], path: Path) -> bool:
    """Name a file without a name once it is on the disk; False where the system cannot (no /proc, some shares)."""
    spool.flush()
    os.fsync(spool.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        opened = os.open("/proc/self/fd", os.O_RDONLY)
    except OSError:
        return False
    try:
        os.link(str(spool.fileno()), path, src_dir_fd=opened, follow_symlinks=True)
    except FileExistsError:
        return True  # somebody else was faster with the same
    except OSError:
        return False
    finally:
        os.close(opened)
    for folder in (path.parent, path.parent.parent):
        _sync(folder)
    return True


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _guarded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except OSError as error:
        raise _OfTheSenderError from error


async def _spool(chunks: AsyncIterator[bytes], spool: IO[bytes], max_bytes: int) -> Blob:
    digest = hashlib.sha256()
    size = 0

    def take(chunk: bytes) -> None:
        digest.update(chunk)
        spool.write(chunk)

    async for chunk in _guarded(chunks):
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"At most {max_bytes} bytes are taken here.")
        await asyncio.to_thread(take, chunk)
    spool.flush()
    return Blob(digest.hexdigest(), size)
