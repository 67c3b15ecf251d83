"""The HTTP server under the apps, and how it ends without a broken answer.

SIGTERM          no connection more; who waits for news is answered with what there is (shared/stopping.py)
3 seconds later  what still runs is cancelled: rolled back, and answered with 503 and Retry-After by the edge
"""

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from shared import stopping

GRACE_SECONDS = 3
ANSWERED_WITHIN = 1.0  # what was cancelled still rolls back


class Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, **more: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app, http="httptools", ws="none", log_config=None, access_log=False, server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS, **more,
            )
        )  # fmt: skip

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stopping.begin()
        await super().shutdown(sockets)
        if cut_off := set(self.server_state.tasks):
            await asyncio.wait(cut_off, timeout=ANSWERED_WITHIN)
