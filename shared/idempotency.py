"""Idempotency-Key on POST: the same key and body gives the stored answer again (draft-ietf-httpapi-idempotency-key).

The row that keeps the answer is written in the transaction that makes the change, so there is no moment in which one
exists without the other. Only answers of what was done are kept: a refusal changed nothing and may be tried again.
"""

import hashlib
import re
from datetime import timedelta

import orjson
from fastapi import Request, Response

from shared.errors import Conflict, FieldError, Invalid
from shared.units import StoredAnswer, Unit

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
_KEY = re.compile(r'^"?([\x21\x23-\x7e]{1,255})"?$')
_STORED_HEADERS = ("content-type", "etag", "location", "link")


class IdempotencyKeyInUse(Conflict, title="A request with this Idempotency-Key is still running"):
    pass


class IdempotencyKeyReused(Invalid, title="This Idempotency-Key came before with another request"):
    pass


class Replay(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__("replay")
        self.response = response


async def claim(unit: Unit, request: Request, body: bytes | None) -> None:
    """Take the key for this transaction, or raise the stored answer as `Replay`.

    Without a body, because it is still to stream in, the answer waits for `settle`.
    """
    headers = request.headers.getlist(HEADER)
    if not headers:
        return
    match = _KEY.match(headers[0]) if len(headers) == 1 else None
    if not match:
        raise Invalid(errors=[FieldError(f"#/header/{HEADER}", "malformed", "once, 1 to 255 visible ASCII characters")])
    key = match[1]
    free = await unit.connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1, 0))",
        f"{unit.schema}/{unit.district_id}/{unit.who.client_id}/{key}",
    )
    if not free:
        raise IdempotencyKeyInUse(headers={"Retry-After": "1"})
    unit.idempotency = StoredAnswer(key, _fingerprint(request, unit))
    if body is not None:
        await settle(unit, hashlib.sha256(body).hexdigest())


async def settle(unit: Unit, digest: str) -> None:
    """Say which body came under the claimed key, before anything is done with it; may raise the stored answer."""
    taken = unit.idempotency
    if taken is None:
        return
    fingerprint = hashlib.sha256(f"{taken.fingerprint}\n{digest}".encode()).hexdigest()
    row = await unit.connection.fetchrow(
        f"""select fingerprint, status, headers::text as headers, body from {unit.schema}.idempotency_keys
            where district_id = $1 and client_id = $2 and key = $3 and created_at > $4""",
        unit.district_id,
        unit.who.client_id,
        taken.key,
        unit.now - KEPT,
    )
    if row is None:
        taken.fingerprint, taken.is_settled = fingerprint, True
        return
    if row["fingerprint"] != fingerprint:
        raise IdempotencyKeyReused
    headers = orjson.loads(row["headers"]) | {"Idempotent-Replayed": "true"}
    raise Replay(Response(content=row["body"], status_code=row["status"], headers=headers))


def keep(unit: Unit, response: Response) -> None:
    if unit.idempotency is not None:
        if not unit.idempotency.is_settled:
            raise RuntimeError("a streamed body was not named: call settle once it has come in")
        unit.idempotency.status = response.status_code
        unit.idempotency.headers = {n: response.headers[n] for n in _STORED_HEADERS if n in response.headers}
        unit.idempotency.body = _kept(bytes(response.body), unit.answer.once)


def _kept(body: bytes, once: tuple[str, ...]) -> bytes:
    """Leave out what may be shown only once: a secret kept here for a day would be a secret stored in the clear."""
    return orjson.dumps(orjson.loads(body) | dict.fromkeys(once)) if once else body


def _fingerprint(request: Request, unit: Unit) -> str:
    person = str(unit.who.person_id or "")
    parts = (request.method, request.url.path, request.url.query, person)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


__all__ = ["HEADER", "Replay", "claim", "keep", "settle"]
