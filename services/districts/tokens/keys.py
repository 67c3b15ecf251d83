"""The keys that sign tokens. They are made here, kept in the database and published as a JWKS; only districts signs.

A new key is published a while before it signs, so that whoever verifies knows it by then. An old one stays published
until the last token that it signed has ended. That happens by itself every thirty days, and by `throughline keys
rotate`. A key that somebody else may have is withdrawn: what it signed is let in no longer once the services next fetch
the JWKS, ten minutes later at most.
"""

import asyncio
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from shared.access.tokens import ALGORITHM, TOKEN_SECONDS
from shared.clock import new_id
from shared.database import Connection, Database

BITS = 2048
SIGNS_FOR = timedelta(days=30)
PUBLISHED_AHEAD = timedelta(minutes=15)  # longer than any service goes without fetching the JWKS
# Clocks may differ, hence the hour.
_ENDED = PUBLISHED_AHEAD + timedelta(seconds=TOKEN_SECONDS) + timedelta(hours=1)
_LOCK = 7_264_012

# The newest of those that are known by now; while none is, the oldest.
_SIGNING = """
    select kid, private_pem from districts.signing_keys
    order by created_at <= $1 desc, case when created_at <= $1 then created_at end desc, created_at, kid limit 1
"""


async def signing_key(database: Database, now: datetime) -> tuple[str, rsa.RSAPrivateKey]:
    """Give the key that signs now; the first one is made when it is first needed."""
    row = await database.row(_SIGNING, now - PUBLISHED_AHEAD)
    while row is None:
        await rotate(database, now)
        row = await database.row(_SIGNING, now - PUBLISHED_AHEAD)
    return row["kid"], _parsed(row["private_pem"])


async def published(database: Database) -> dict[str, Any]:
    rows = await database.pool.fetch(
        "select public_jwk::text from districts.signing_keys order by created_at desc, kid"
    )
    return {"keys": [orjson.loads(row[0]) for row in rows]}


async def rotate(database: Database, now: datetime, *, early: bool = False) -> bool:
    """Make a new key if the newest is old enough, or if somebody wants one early; forget those whose tokens ended."""
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
        newest = await connection.fetchval("select max(created_at) from districts.signing_keys")
        is_due = early or newest is None or newest < now - SIGNS_FOR
        if is_due:
            await _add(connection, now)
        # A key signs until the next one does, so the next one's age says how old its last token can be.
        await connection.execute(
            """delete from districts.signing_keys old where exists (
                 select from districts.signing_keys later where later.created_at > old.created_at
                   and later.created_at < $1)""",
            now - _ENDED,
        )
    return is_due


async def withdraw(database: Database, kid: str) -> bool:
    """Forget a key at once: what it signed holds no more. If it was the last one, the next token makes another."""
    return bool(await database.pool.fetchval("delete from districts.signing_keys where kid = $1 returning true", kid))


async def known(database: Database, now: datetime) -> dict[str, str]:
    """Give each key's id and what it does now."""
    signing, _ = await signing_key(database, now)
    rows = await database.pool.fetch("select kid, created_at from districts.signing_keys order by created_at desc, kid")
    states = {True: "signs", False: "verifies what it signed"}
    return {
        row["kid"]: "will sign" if row["created_at"] > now - PUBLISHED_AHEAD and row["kid"] != signing
        else states[row["kid"] == signing]
        for row in rows
    }  # fmt: skip


async def _add(connection: Connection, now: datetime) -> None:
    key = await asyncio.to_thread(rsa.generate_private_key, public_exponent=65537, key_size=BITS)
    kid = str(new_id())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": ALGORITHM}
    jwk.pop("key_ops", None)
    await connection.execute(
        """insert into districts.signing_keys (kid, private_pem, public_jwk, created_at)
           values ($1, $2, $3::text::jsonb, $4)""",
        kid,
        pem,
        orjson.dumps(jwk).decode(),
        now,
    )


@lru_cache(maxsize=4)
def _parsed(pem: str) -> rsa.RSAPrivateKey:
    return cast("rsa.RSAPrivateKey", load_pem_private_key(pem.encode(), password=None))
