"""The largest body, said in our own words: Starlette's limiter answers in plain text, whatever was asked."""

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import refusals
from shared.errors import TooLarge


class BodyLimit:
    """A route may have a limit of its own (`max_body_size`), which then holds in place of this one."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = RequestBodyLimitMiddleware(app, max_body_size=largest)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_refused = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal is_refused
            is_refused = is_refused or _is_plain_413(message)
            if not is_refused:
                await send(message)

        await self._app(scope, receive, send_unless_refused)
        if is_refused:
            await refusals.answer(scope, TooLarge())(scope, receive, send)


def _is_plain_413(message: Message) -> bool:
    if message["type"] != "http.response.start" or message["status"] != TooLarge.status:
        return False
    return any(name == b"content-type" and value.startswith(b"text/plain") for name, value in message["headers"])
