"""Secrets are kept as scrypt hashes (RFC 7914), whose parameters stand beside them so that they can be raised later.

A secret has 256 random bits, so scrypt is not what keeps guessing out; it is for the day
on which somebody may choose their own.
"""

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor

_N, _R, _P = 2**14, 8, 1  # 16 MiB and some 40 ms
# Off the event loop, and never more than two: a crowd asking for tokens must take neither all memory nor every core.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="scrypt")


def new_secret() -> str:
    """Make a secret: url-safe, so that no encoding of it can go wrong, with a prefix that scanners can know."""
    return f"tlsecret_{secrets.token_urlsafe(32)}"


def start_of(secret: str) -> str:
    """Give what tells a secret from another one: 24 of its 256 bits, and its prefix."""
    return secret[:13]


async def hash_secret(secret: str) -> str:
    salt = secrets.token_bytes(16)
    digest = await _scrypt(secret, salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${b64encode(salt).decode()}${b64encode(digest).decode()}"


async def is_secret(secret: str, stored: str) -> bool:
    _, n, r, p, salt, digest = stored.split("$")
    found = await _scrypt(secret, b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, b64decode(digest))


async def _scrypt(secret: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    def run() -> bytes:
        return hashlib.scrypt(secret.encode(errors="replace"), salt=salt, n=n, r=r, p=p, maxmem=64 * 2**20, dklen=32)

    return await asyncio.get_running_loop().run_in_executor(_THREADS, run)
