"""What a body may be before anybody reads it: not too large, and not in a coding that nobody here undoes.

Starlette's limiter answers in plain text, whatever was asked; this says it in our own words.
"""

import re

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import refusals
from shared.errors import TooLarge, UnsupportedMedia

PLAIN = {"Accept-Encoding": "identity"}
_OF_BODIES = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
_OF_LENGTH = frozenset({b"content-length", b"transfer-encoding"})
SMALL = 2**20  # bytes; no route allows less, so nothing of such a body need be counted
_NAME = re.compile(r"[\w.*+-]{1,30}")


class BodyLimit:
    """A route may have a limit of its own (`max_body_size`), which then holds in place of this one."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._bare = app
        self._small = min(largest, SMALL)
        self._app = RequestBodyLimitMiddleware(app, max_body_size=largest)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _announces_body(scope):
            await self._bare(scope, receive, send)
            return
        if coding := _coding(scope):
            error = UnsupportedMedia(f"send the body as it is, not as {coding}", headers=PLAIN)
            await refusals.answer(scope, error)(scope, receive, send)
            return
        size = _size(scope)
        if size is not None and size <= self._small:
            await self._bare(scope, receive, send)
            return
        is_refused = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal is_refused
            is_refused = is_refused or _is_plain_413(message)
            if not is_refused:
                await send(message)

        await self._app(scope, receive, send_unless_refused)
        if is_refused:
            await refusals.answer(scope, TooLarge())(scope, receive, send)


def _announces_body(scope: Scope) -> bool:
    """Say whether a body may come: without a length and a transfer coding there is none (RFC 9112, 6.3)."""
    return any(name in _OF_BODIES for name, _ in scope["headers"])


def _size(scope: Scope) -> int | None:
    """Give the length that is said, by which the server frames the body; None where it comes in chunks."""
    said = [value for name, value in scope["headers"] if name in _OF_LENGTH]
    is_number = len(said) == 1 and len(said[0]) < 10 and said[0].isdigit()  # noqa: PLR2004 - less than a gigabyte
    return int(said[0]) if is_number else None


def _coding(scope: Scope) -> str:
    """Name the coding of the body that is more than none (RFC 9110, 8.4), if what it is called is a name."""
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"content-encoding"]
    codings = [one.strip().lower() for one in ",".join(given).split(",")]
    named = [one for one in codings if one not in {"", "identity"}]
    return (named[0] if _NAME.fullmatch(named[0]) else "that") if named else ""


def _is_plain_413(message: Message) -> bool:
    if message["type"] != "http.response.start" or message["status"] != TooLarge.status:
        return False
    return any(name == b"content-type" and value.startswith(b"text/plain") for name, value in message["headers"])
