"""A SIS that speaks OneRoster REST and misbehaves as real ones do: interop.md, section 3, one trait for each.

It keeps rows as REST objects and answers over a real socket. What a test wants of it stands in `Traits`.
"""

import asyncio
import base64
import json
import re
import socket
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from oauthlib import oauth1
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

CLIENT_ID, SECRET, TOKEN = "key-1", "s3cret:with/odd+signs", "token-1"
Row = dict[str, Any]


@dataclass
class Traits:
    version: str = "1.2"
    auth: str = "basic"  # basic | form | json | oauth1-HMAC-SHA1 | oauth1-HMAC-SHA256 | bearer
    token_path: str = "/campus/oauth2/token"
    home: str = ""  # where the collections are; else as the standard has it, below a sub-directory
    token_query: str = ""  # which must arrive as it is, byte by byte
    header: tuple[str, str] | None = None  # without which everything is 403
    most_a_page: int = 10_000  # it gives less than it is asked for
    hides: int = 0  # of each page so many rows are kept back, after paging
    total: int | None = None  # what X-Total-Count says, whatever is so
    no_total: bool = False
    busy_at: frozenset[int] = frozenset()  # the requests, counted from 1, that get 429 with Retry-After
    retry_after: str = "0"
    broken_at: frozenset[int] = frozenset()  # the requests that get 500, or, every other, what cannot be unpacked
    broken_from: int = 10**9
    missing: dict[str, int] = field(default_factory=dict)  # collection -> 404, 403 ...
    no_filter: bool = False  # 400 on any filter
    deaf_filter: bool = False  # 200 on any filter, and gives everything
    no_dates: bool = False  # no dateLastModified
    boolean_words: bool = True  # enabledUser "true"; else a JSON boolean
    padded: bool = False  # stray blanks around ids and names
    wrapped: bool = False  # errors in imsx_StatusInfo
    cut_name: bool = False  # a name was cut within an emoji
    no_offset: bool = False  # the first page whatever is asked
    tokens_last: int = 10**9  # requests after which a token is refused
    hangs: float = 0.0  # seconds before it answers


class FakeSis:
    def __init__(self, rows: dict[str, list[Row]], traits: Traits | None = None) -> None:
        self.rows = rows
        self.traits = traits or Traits()
        self.asked: list[str] = []  # every collection request, as it arrived
        self.is_asked = asyncio.Event()
        self.token_requests: list[str] = []
        self.url = ""
        self._token_uses = 0
        self._tokens = 0

    @property
    def base_url(self) -> str:
        path = "rostering/v1p2" if self.traits.version == "1.2" else "v1p1"
        return self.url + (self.traits.home or f"/sub/ims/oneroster/{path}")

    @property
    def token_url(self) -> str:
        return f"{self.url}{self.traits.token_path}{self.traits.token_query}"

    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route(self.traits.token_path, self.token, methods=["POST"]),
                Route(f"{self.base_url.removeprefix(self.url).rpartition('/')[0]}/{{path:path}}", self.collection),
            ]
        )

    async def token(self, request: Request) -> Response:
        raw = request.scope["query_string"].decode()
        self.token_requests.append(raw)
        if raw != self.traits.token_query.removeprefix("?"):
            return JSONResponse({"error": "invalid_request"}, 400)
        body = await request.body()
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if self.traits.auth == "json":
            form = await request.json() if request.headers["content-type"] == "application/json" else {}
        if self.traits.auth == "basic":
            given = request.headers.get("authorization", "").removeprefix("Basic ")
            client = tuple(base64.b64decode(given).decode().split(":", 1))
        else:
            client = (form.get("client_id"), form.get("client_secret"))
        if client != (CLIENT_ID, SECRET) or form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "invalid_client", "error_description": f"not {client}"}, 401)
        self._tokens += 1
        self._token_uses = 0
        return JSONResponse({"access_token": f"{TOKEN}-{self._tokens}", "token_type": "bearer", "expires_in": 3600})

    async def collection(self, request: Request) -> Response:
        name = request.path_params["path"].rsplit("/", 1)[-1]
        self.asked.append(f"{name}?{request.scope['query_string'].decode()}")
        self.is_asked.set()
        number, traits = len(self.asked), self.traits
        await asyncio.sleep(traits.hangs)
        if traits.header and request.headers.get(traits.header[0]) != traits.header[1]:
            return self._refuse(403, "forbidden")
        if not self._is_known(request):
            return self._refuse(401, "unauthorisedrequest")
        if number in traits.busy_at:
            return self._refuse(429, "server_busy", {"Retry-After": traits.retry_after})
        if number in traits.broken_at and number % 2 == 0:
            return Response(b"no gzip", headers={"Content-Encoding": "gzip"}, media_type="application/json")
        if number in traits.broken_at or number >= traits.broken_from:
            return Response("<html>Internal Server Error</html>", 500, media_type="text/html")
        if name in traits.missing or name not in self.rows:
            return self._refuse(traits.missing.get(name, 404), "unknownobject")
        return self._page(request, name)

    def _page(self, request: Request, name: str) -> Response:
        traits, rows = self.traits, self.rows[name]
        if condition := request.query_params.get("filter"):
            if traits.no_filter:
                return self._refuse(400, "invalid_filter_field")
            match = re.fullmatch(r"dateLastModified>'(.+)'", condition)
            assert match, condition
            rows = rows if traits.deaf_filter else [row for row in rows if row["dateLastModified"] > match[1]]
        offset = 0 if traits.no_offset else int(request.query_params["offset"])
        size = min(int(request.query_params["limit"]), traits.most_a_page)
        page = [self._dressed(row) for row in rows[offset : offset + size][: max(1, size - traits.hides)]]
        total = traits.total if traits.total is not None else len(rows)
        headers = {} if traits.no_total else {"X-Total-Count": str(total)}
        body = json.dumps({name: page})
        if traits.cut_name:
            body = body.replace('"Ada"', r'"Ada\ud83d"')
        return Response(body, headers=headers, media_type="application/json")

    def _dressed(self, row: Row) -> Row:
        dressed = dict(row)
        if self.traits.no_dates:
            dressed.pop("dateLastModified", None)
        if "enabledUser" in dressed and not self.traits.boolean_words:
            dressed["enabledUser"] = dressed["enabledUser"] == "true"
        if self.traits.padded:
            dressed = {
                key: f"  {value}\t" if isinstance(value, str) and key not in {"dateLastModified"} else value
                for key, value in dressed.items()
            }
        return dressed

    def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> Response:
        said: dict[str, Any] = {
            "imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": f"it says {code}",
            "imsx_codeMinor": code,
        }  # fmt: skip
        return JSONResponse({"imsx_StatusInfo": said} if self.traits.wrapped else said, status, headers=headers)

    def _is_known(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        if self.traits.auth == "bearer":
            return given == f"Bearer {SECRET}"
        if self.traits.auth.startswith("oauth1"):
            return self._is_signed(str(request.url), given)
        self._token_uses += 1
        return given == f"Bearer {TOKEN}-{self._tokens}" and self._token_uses <= self.traits.tokens_last

    def _is_signed(self, url: str, given: str) -> bool:
        """Sign the same request again with the nonce and time that came, and compare."""
        parts = dict(re.findall(r'(\w+)="([^"]*)"', given))
        client = oauth1.Client(
            CLIENT_ID, client_secret=SECRET, signature_method=self.traits.auth.removeprefix("oauth1-"),
            nonce=parts.get("oauth_nonce", ""), timestamp=parts.get("oauth_timestamp", ""),
        )  # fmt: skip
        _, headers, _ = client.sign(url)
        return sorted(headers["Authorization"].split(", ")) == sorted(given.split(", "))


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a socket of the loopback, in this loop."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
        config = server.config
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        task = asyncio.create_task(server.main_loop())
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
            await server.shutdown(sockets=[listener])


@asynccontextmanager
async def serving(sis: FakeSis) -> AsyncIterator[FakeSis]:
    async with listening(sis.app()) as sis.url:
        yield sis


OLD, NEW = "2026-09-01T06:00:00.000Z", "2026-11-20T06:00:00.000Z"


def small_district(version: str = "1.2") -> dict[str, list[Row]]:
    """A district with ids as Aeries writes them, blank class titles, and one who has left."""

    def row(sourced_id: str, **members: Any) -> Row:
        return {"sourcedId": sourced_id, "status": "active", "dateLastModified": OLD, **members}

    def to(kind: str, sourced_id: str) -> Row:
        return {"href": f"https://sis.example/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}

    def user(sourced_id: str, role: str, org: str, **members: Any) -> Row:
        place = (
            {"roles": [{"roleType": "primary", "role": role, "org": to("org", org)}], "primaryOrg": to("org", org)}
            if version == "1.2"
            else {"role": role, "orgs": [to("org", org)]}
        )
        names = {"username": sourced_id.lower(), "givenName": "Ada", "familyName": f"Nr {sourced_id}"}
        return row(sourced_id, enabledUser="true", **names, **place, **members)

    principal = "principal" if version == "1.2" else "administrator"
    users = [
        user(
            "TCH_994_1", "teacher", "994", email="ada@district.example", userIds=[{"type": "LDAP", "identifier": "a1"}]
        ),
        user("TCH_994_2", principal, "994", metadata={"bus": "Bus 7"}),
        *[user(f"994_{n}", "student", "994", grades=["09"], password="never") for n in range(1001, 1041)],
        user("994_gone", "student", "994") | {"status": "tobedeleted"},
    ]
    return {
        "academicSessions": [
            row("994_Y", title="2026-2027", type="schoolYear", startDate="2026-08-01", endDate="2027-07-31",
                schoolYear="2027"),
            row("994_F", title="Fall", type="term", startDate="2026-08-15", endDate="2026-12-20", schoolYear="2027",
                parent=to("academicSession", "994_Y")),
        ],
        "orgs": [
            row("9", name="Test District", type="district", identifier="D9"),
            row("994", name="Test School", type="school", identifier="S994", parent=to("org", "9")),
        ],
        "courses": [row("C_1", title="Algebra", courseCode="ALG", org=to("org", "9"), grades=["09", "10"])],
        "classes": [
            row(f"994_100{n}", title="" if n else "Algebra 1", classCode=f"A{n}", classType="scheduled",
                course=to("course", "C_1"), school=to("org", "994"), terms=[to("academicSession", "994_F")])
            for n in range(2)
        ],
        "users": users,
        "enrollments": [
            row(f"E_{number}", role="teacher" if one["sourcedId"] == "TCH_994_1" else "student", primary="false",
                **{"class": to("class", "994_1000"), "school": to("org", "994"), "user": to("user", one["sourcedId"])})
            for number, one in enumerate(users) if one["sourcedId"] not in {"TCH_994_2", "994_gone"}
        ],
    }  # fmt: skip
