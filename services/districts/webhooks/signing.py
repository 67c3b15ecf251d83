"""Secrets of endpoints and what is signed with them (Standard Webhooks 1.0: `whsec_`, HMAC-SHA256 over id.time.body).

After a rotation both secrets sign for a while, so that a receiver may take its time.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from standardwebhooks import Webhook as Signer

from services.districts.sealing import seal, unseal

OVERLAP = timedelta(hours=24)
_BYTES = 32


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sealed(secret: str, keys: SecretStr) -> dict[str, Any]:
    return {"sealed": seal(secret, keys), "until": None}


def rotated(stored: Sequence[dict[str, Any]], secret: str, keys: SecretStr, now: datetime) -> list[dict[str, Any]]:
    """Put a new secret first and let the one before it end after the overlap; older ones end now."""
    return [sealed(secret, keys), {"sealed": stored[0]["sealed"], "until": (now + OVERLAP).isoformat()}]


def live(stored: Sequence[dict[str, Any]], keys: SecretStr, now: datetime) -> list[str]:
    return [
        unseal(each["sealed"], keys)
        for each in stored
        if each["until"] is None or datetime.fromisoformat(each["until"]) > now
    ]


def headers(event_id: UUID, body: str, live_secrets: Sequence[str], now: datetime) -> dict[str, str]:
    signatures = [Signer(secret).sign(str(event_id), now, body) for secret in live_secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": str(event_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
