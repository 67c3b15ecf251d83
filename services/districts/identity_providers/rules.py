"""What makes an ID token count (OpenID Connect Core 1.0, 3.1.3.7), and whom it names. No I/O.

The algorithm is the one that the district pinned, never the one that a token would like; PyJWT does the cryptography.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.districts.identity_providers.errors import IdTokenRefused
from shared.errors import FieldError

KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}
LONGEST_TOKEN = 16_384
LEEWAY = 60  # seconds by which the provider's clock and ours may differ
OLDEST = 24 * 3600  # seconds since `iat`, whatever `exp` says
MOST_KEYS = 100
_LONGEST_NAME = 200
_FEWEST_BITS = 2048
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
_TYPES = {None, "JWT"}  # `at+jwt` and `logout+jwt` are other things, signed by the same keys


class PersonBy(StrEnum):
    EXTERNAL_ID = "external_id"
    SOURCED_ID = "sourced_id"
    IDENTIFIER = "identifier"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Trust:
    """A provider as it is held against a token."""

    district_id: UUID
    id: UUID
    issuer: str
    audiences: tuple[str, ...]
    person_by: PersonBy
    person_claim: str
    jwks_url: str | None = None
    algorithms: tuple[str, ...] = ("RS256",)
    external_system: str | None = None
    required_claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    algorithm: str
    kid: str | None


def faults(values: Mapping[str, Any]) -> list[FieldError]:
    """Say what does not fit together."""
    found = []
    by_external_id = values["person_by"] == PersonBy.EXTERNAL_ID
    if by_external_id and values["external_system"] is None:
        found.append(FieldError("#/external_system", "missing", "which system's ids does the claim hold?"))
    if not by_external_id and values["external_system"] is not None:
        found.append(FieldError("#/external_system", "unexpected", "only of person_by external_id"))
    if values["person_by"] == PersonBy.EMAIL and values["person_claim"] != "email":
        found.append(FieldError("#/person_claim", "unexpected", "`email_verified` speaks of the claim `email` alone"))
    return found


def issuer_of(token: str) -> str:
    """Read who says that the token is theirs: it only chooses whose keys are asked."""
    if len(token) > LONGEST_TOKEN:
        raise IdTokenRefused("the subject_token is too long")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError) as error:
        raise IdTokenRefused("the subject_token is no JWT") from error
    return _text(claims.get("iss")) or ""


def header_of(token: str, trust: Trust) -> Header:
    """Read which key signed it. Keys and addresses of keys in the header itself are never looked at."""
    header = jwt.get_unverified_header(token)
    typ = header.get("typ")
    if (typ.upper() if isinstance(typ, str) else typ) not in _TYPES or "crit" in header:
        raise IdTokenRefused("the subject_token is no ID token")
    if header.get("alg") not in trust.algorithms:
        raise IdTokenRefused(f"the subject_token must be signed by {' or '.join(trust.algorithms)}")
    kid = header.get("kid")
    return Header(header["alg"], kid if isinstance(kid, str) else None)


def key_for(header: Header, published: Sequence[Mapping[str, Any]]) -> Any:
    """Give the public key that the header means; None if it is not among those published.

    Without a `kid` there must be only one that fits.
    """
    fitting = [jwk for jwk in published[:MOST_KEYS] if _fits(jwk, header)]
    if header.kid is None and len(fitting) != 1:
        return None
    for jwk in fitting:
        try:
            key = jwt.PyJWK.from_dict(dict(jwk), algorithm=header.algorithm).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if _is_strong(key):
            return key
    return None


def _fits(jwk: Any, header: Header) -> bool:
    if not isinstance(jwk, Mapping) or "d" in jwk:  # nothing signed by a key that everybody has says anything
        return False
    return (
        jwk.get("kty") == KEY_TYPES[header.algorithm]
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", header.algorithm) == header.algorithm
        and (header.kid is None or jwk.get("kid") == header.kid)
    )


def _is_strong(key: Any) -> bool:
    if isinstance(key, RSAPublicKey):
        return key.key_size >= _FEWEST_BITS
    return isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1"


def verified(token: str, key: Any, header: Header, trust: Trust, nonce: str | None, now: float) -> dict[str, Any]:
    """Give the claims of an ID token that counts."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[header.algorithm],
            audience=trust.audiences,
            issuer=trust.issuer,
            leeway=LEEWAY,
            options={"require": _REQUIRED},
        )
    except jwt.PyJWTError as error:
        why = _WHY.get(type(error), "it does not verify")
        raise IdTokenRefused(f"the subject_token does not count: {why}") from None
    if fault := _fault(claims, trust, nonce, now):
        raise IdTokenRefused(f"the subject_token does not count: {fault}")
    return claims


_WHY: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "it has ended",
    jwt.ImmatureSignatureError: "it is of the future",
    jwt.InvalidAudienceError: "it was made for another audience",
    jwt.InvalidSignatureError: "its signature is wrong",
    jwt.MissingRequiredClaimError: "one of iss, sub, aud, exp and iat is missing",
}


def _fault(claims: Mapping[str, Any], trust: Trust, nonce: str | None, now: float) -> str | None:
    audiences, party = claims["aud"], claims.get("azp")
    if isinstance(audiences, list) and len(audiences) > 1 and party is None:
        return "it has several audiences and no azp"
    if party is not None and party not in trust.audiences:
        return "azp names another party"
    if float(claims["iat"]) < now - OLDEST:
        return "it is older than a day"
    if nonce is not None and claims.get("nonce") != nonce:
        return "its nonce is another one"
    wrong = [name for name, value in trust.required_claims.items() if _text(claims.get(name)) != value]
    return f"{wrong[0]} is not what it must be" if wrong else None


def name_in(claims: Mapping[str, Any], trust: Trust) -> str:
    """Give what the token calls the person. An address that nobody verified may be anybody's."""
    name = _text(claims.get(trust.person_claim))
    if not name or len(name) > _LONGEST_NAME:
        raise IdTokenRefused(f"the subject_token names nobody: it has no {trust.person_claim}")
    verified = claims.get("email_verified")
    if trust.person_by == PersonBy.EMAIL and verified is not True and verified != "true":
        raise IdTokenRefused("the subject_token's email is not verified")
    return name


def _text(value: Any) -> str | None:
    """Some providers write numbers as numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return text if "\x00" not in text and text.isprintable() else None
