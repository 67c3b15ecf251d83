"""Reading a request to /oauth2, in every form in which consumers of OneRoster send one (RFC 6749, 2.3.1 and 4.4).

The id and the secret come by HTTP Basic, url-encoded or not, or in the body; the body is a form or JSON. In the query
they are refused: query strings stand in logs.
"""

from base64 import b64decode
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import orjson

from services.districts.clients.rules import held, in_order
from services.districts.tokens.errors import InvalidClient, InvalidRequest, InvalidScope, UnsupportedGrantType
from shared.access.scopes import ALL, ONEROSTER, ONEROSTER_V1P1

GRANT = "client_credentials"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
GRANTS = (GRANT, EXCHANGE)
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_CREDENTIALS = frozenset(
    {"client_id", "client_secret", "client_assertion", "access_token", "subject_token", "actor_token", "token"}
)
_MEMBERS = (
    "grant_type", "client_id", "client_secret", "scope", "subject_token", "subject_token_type", "requested_token_type",
    "actor_token", "actor_token_type", "resource", "audience", "nonce", "token", "token_type_hint",
)  # fmt: skip
_MOST_FIELDS = 50
_LONGEST = 1000
_INSECURE = tuple(known.replace("https://", "http://") for known in (ONEROSTER, ONEROSTER_V1P1))


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows to be a client, and the other fields that came along."""

    client_id: str
    client_secret: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(_secure(scope) for scope in self.fields.get("scope", "").split())


def read_request(
    media: str, body: bytes, authorization: str | None, query: Collection[str], *, grants: Collection[str] = ()
) -> Shown:
    """Read who asks, and what for; `grants`: the values that `grant_type` may have, if there must be one."""
    if _CREDENTIALS.intersection(query):
        raise InvalidRequest("credentials in the query end up in logs: send them by HTTP Basic or in the body")
    fields = _fields(media, body)
    if grants and "grant_type" not in fields:
        raise InvalidRequest("grant_type is missing")
    if grants and fields["grant_type"] not in grants:
        raise UnsupportedGrantType
    return Shown(*_credentials(fields, authorization), fields)


def question(asked: Shown) -> str:
    """Give the token that a question is about."""
    if "token" not in asked.fields:
        raise InvalidRequest("token is missing")
    return asked.fields["token"]


def _fields(media: str, body: bytes) -> dict[str, str]:
    kind = media.partition(";")[0].strip().lower() or FORM
    if kind == FORM:
        return _form(body)
    if kind == JSON:
        return _json(body)
    raise InvalidRequest(f"send {FORM} or {JSON}")


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidRequest("the form cannot be read") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("a parameter came twice")
    return _without_blanks(fields)


def _json(body: bytes) -> dict[str, str]:
    try:
        given: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the JSON cannot be read") from error
    if not isinstance(given, dict):
        raise InvalidRequest("send a JSON object")
    known = {name: given[name] for name in _MEMBERS if name in given}
    if not all(isinstance(value, str | None) for value in known.values()):
        raise InvalidRequest("every member is a string")
    return _without_blanks(known)


def _without_blanks(fields: Mapping[str, str | None]) -> dict[str, str]:
    """A parameter without a value is as good as not sent (RFC 6749, 3.2)."""
    return {name: value for name, value in fields.items() if value}


def _credentials(fields: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    shown = {(fields.get("client_id", ""), fields["client_secret"])} if "client_secret" in fields else set()
    if authorization is not None:
        by_basic = _basic(authorization)
        if fields.get("client_id", by_basic[0]) != by_basic[0]:
            raise InvalidRequest("the Authorization header and the body name different clients")
        shown = {by_basic, (by_basic[0], fields.get("client_secret", by_basic[1]))}
    if len(shown) > 1:
        raise InvalidRequest("the Authorization header and the body show different secrets")
    if not shown:
        raise InvalidClient("show client_id and client_secret, by HTTP Basic or in the body")
    return shown.pop()


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization header of a token request is HTTP Basic")
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:  # no base64, no UTF-8, or not even ASCII
        raise InvalidClient("the Authorization header cannot be read") from error
    if not colon:
        raise InvalidClient("the Authorization header has no secret")
    # Ours hold nothing that url-encoding changes, so decoding what was not encoded is harmless.
    return unquote_plus(client_id), unquote_plus(secret)


def _secure(scope: str) -> str:
    """Consumers made for older releases of the standard ask for its scopes with http://."""
    return scope.replace("http://", "https://", 1) if scope.startswith(_INSECURE) else scope


def grant(asked: Iterable[str], own: frozenset[str]) -> list[str]:
    """Give what was asked for, or all that the client has if it named nothing; never less than asked."""
    wanted = in_order(asked)
    if not wanted:
        return in_order(own)
    missing = [scope for scope in wanted if scope not in held(own) and not (scope == ALL and ALL in own)]
    if missing:
        raise InvalidScope(f"the client was not given {' '.join(missing)[:_LONGEST]}")
    return wanted
