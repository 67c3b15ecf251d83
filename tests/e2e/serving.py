"""The in-process stack behind a real socket, in a thread with a loop of its own: a fuzzer's client is synchronous."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.local.servers import Urls
from shared.testing.stack import District, new_district, open_stack
from shared.testing.staff import Staff

STAND_IN = "the-token-of-the-district"


@dataclass
class Serving:
    """Where the stack listens, and a district in it whose token may do everything."""

    urls: Urls
    data_dir: Path
    people: Sequence[UUID]
    orgs: Sequence[UUID]
    url: str = ""
    district_id: UUID = field(init=False)
    failure: BaseException | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _server: uvicorn.Server | None = None

    def start(self) -> "Serving":
        self._thread = threading.Thread(target=self._run, name="serving")
        self._thread.start()
        self._ready.wait()
        if self.failure is not None:
            raise self.failure
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self.failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        async with AsyncExitStack() as opened:
            # A process keeps one limiter for each address of Redis; its connections belong to one loop, not to ours.
            urls = replace(self.urls, redis_url=f"{self.urls.redis_url}&client_name=serving")
            stack = await opened.enter_async_context(open_stack(urls, self.data_dir))
            district = await new_district(stack)
            self.district_id = district.id
            await self._people(district)
            # With its protocol: asyncio sets TCP_NODELAY by that, and without it each answer is 40 ms late.
            listener = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._server = uvicorn.Server(
                uvicorn.Config(with_token(stack.app, district.token), lifespan="off", log_config=None, access_log=False)
            )
            self._ready.set()
            await self._server.serve(sockets=[listener])

    async def _people(self, district: District) -> None:
        """A school with a leader, a teacher and the teacher's coach, all of them under the ids that were given."""
        leader, teacher, coach = self.people
        staff = Staff(district, org=self.orgs[0], people={"leader": leader, "teacher": teacher, "coach": coach})
        await staff.start()
        school = await staff.school("School")
        await staff.person("leader", ("leads", staff.org))
        await staff.person("teacher", ("teaches_at", school))
        await staff.person("coach", ("teaches_at", school), ("coaches", teacher))


def with_token(app: ASGIApp, token: str) -> ASGIApp:
    """Put the real token where its stand-in is: requests are made up before there is a district."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        stand_in, real = f"Bearer {STAND_IN}".encode(), f"Bearer {token}".encode()
        headers = [(name, real if value == stand_in else value) for name, value in scope["headers"]]
        await app({**scope, "headers": headers}, receive, send)

    return serve
