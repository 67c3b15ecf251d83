"""Asks a OneRoster provider page by page, with the patience that real ones need.

- 429 and 5xx are asked again, when `Retry-After` says or at growing intervals; so is a connection that breaks
- a short page is no end: only an empty one is, or one with nothing new in it
- the next offset is what has come so far, so that a provider that gives less than it is asked for loses no row
- `X-Total-Count` is a hint; the number of pages has an end
- while an answer is awaited it is seen, once a second, whether anybody still wants it
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson

from services.districts.roster_pulls.authorizing import Authorizer
from services.districts.roster_pulls.errors import RosterSourceFailed
from shared.clock import now

ATTEMPTS = 6
FIRST, LONGEST = 0.5, 30.0
LONGEST_ASKED = 900.0
MOST_PAGES = 100_000
LARGEST_ANSWER = 128 << 20
LOOK_EVERY = 1.0
TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_OK, _UNAUTHORIZED, _TOO_MANY, _ERRORS = 200, 401, 429, 500
NOT_OFFERED = frozenset({403, 404, 405, 410, 501})

Wait = Callable[[float, str], Awaitable[None]]
Look = Callable[[], Awaitable[None]]
Row = dict[str, Any]


class NotOffered(Exception):
    """The provider does not have this collection, or not for us."""


class FilterRefused(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    total: int | None


class Provider:
    def __init__(
        self,
        http: httpx.AsyncClient,
        authorizer: Authorizer,
        base_url: str,
        *,
        headers: Mapping[str, str],
        page_size: int,
        wait: Wait,
        look: Look,
    ) -> None:
        self._http = http
        self._authorizer = authorizer
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._page_size = page_size
        self._wait = wait
        self._look = look

    async def pages(self, collection: str, condition: str | None = None) -> AsyncGenerator[Page, None]:
        """Give the pages of a collection, none empty, no row of a page again in the next one."""
        came, before = 0, frozenset[str]()
        for _ in range(MOST_PAGES):
            page = await self._page(collection, came, condition)
            ids = frozenset(str(row.get("sourcedId", "")).strip() for row in page.rows)
            fresh = [row for row in page.rows if str(row.get("sourcedId", "")).strip() not in before]
            if not page.rows:
                return
            if not fresh:
                if came < self._page_size or (page.total is not None and came >= page.total):
                    return  # it takes no offset, and this is all there is
                raise RosterSourceFailed(f"/{collection} gives the same page again whatever the offset")
            yield Page(fresh, page.total)
            came, before = came + len(fresh), ids
        raise RosterSourceFailed(f"/{collection} has no end after {MOST_PAGES:,} pages")

    async def _page(self, collection: str, offset: int, condition: str | None) -> Page:
        asked = {"limit": self._page_size, "offset": offset} | ({"filter": condition} if condition else {})
        url = f"{self._base_url}/{collection}?{urlencode(asked, quote_via=quote)}"
        status, headers, body = await self._ask("GET", url)
        if status == httpx.codes.NO_CONTENT:
            return Page([], None)
        if status != _OK:
            self._refuse(collection, status, body, offset=offset, filtered=condition is not None)
        return Page(_rows(collection, body), _total(headers))

    def _refuse(self, collection: str, status: int, body: bytes, *, offset: int, filtered: bool) -> None:
        said = f"/{collection} answered {status}{_said(body)}"
        if filtered and offset == 0 and status in {400, 422}:
            raise FilterRefused(said)
        if offset == 0 and status in NOT_OFFERED:
            raise NotOffered(said)
        raise RosterSourceFailed(said)

    async def _ask(self, method: str, url: str) -> tuple[int, httpx.Headers, bytes]:
        """Ask with our credentials; once more with another token if this one is no longer taken."""
        for _ in range(2):
            own = await self._authorizer.headers(self._send, method, url, asyncio.get_running_loop().time())
            answer = await self._patiently(method, url, headers={**self._headers, **own})
            if answer[0] != _UNAUTHORIZED or not self._authorizer.forget():
                break
        return answer

    async def _send(self, method: str, url: str, **given: Any) -> tuple[int, bytes]:
        status, _, body = await self._patiently(method, url, headers=self._headers, **given)
        return status, body

    async def _patiently(self, method: str, url: str, **given: Any) -> tuple[int, httpx.Headers, bytes]:
        fault = ""
        for attempt in range(ATTEMPTS):
            pause = min(LONGEST, FIRST * 2**attempt)
            try:
                status, headers, body = await self._watched(method, url, given)
            except httpx.RequestError as error:  # what cannot be unpacked, too
                fault = f"the connection broke: {type(error).__name__}"
            else:
                if (status != _TOO_MANY and status < _ERRORS) or status in NOT_OFFERED:
                    return status, headers, body
                fault = f"{status}{_said(body)}"
                pause = max(pause, _retry_after(headers)) if "Retry-After" in headers else pause
            if pause > LONGEST_ASKED:
                raise RosterSourceFailed(f"{_place(url)} asks to wait for {pause:.0f} seconds ({fault})")
            if attempt < ATTEMPTS - 1:
                await self._wait(pause, fault)
        raise RosterSourceFailed(f"{_place(url)} was asked {ATTEMPTS} times; the last time: {fault}")

    async def _watched(self, method: str, url: str, given: dict[str, Any]) -> tuple[int, httpx.Headers, bytes]:
        """Ask, and give up as soon as `look` raises: some providers take minutes, or never answer."""
        asking = asyncio.ensure_future(self._once(method, url, given))
        try:
            while not (await asyncio.wait({asking}, timeout=LOOK_EVERY))[0]:
                await self._look()
        finally:
            asking.cancel()
            await asyncio.wait({asking})
        return asking.result()

    async def _once(self, method: str, url: str, given: dict[str, Any]) -> tuple[int, httpx.Headers, bytes]:
        async with self._http.stream(method, url, **given) as answer:
            pieces, size = [], 0
            async for piece in answer.aiter_bytes():
                size += len(piece)
                if size > LARGEST_ANSWER:
                    raise RosterSourceFailed(f"{_place(url)} answers with more than {LARGEST_ANSWER >> 20} MiB")
                pieces.append(piece)
            return answer.status_code, answer.headers, b"".join(pieces)


def _place(url: str) -> str:
    """Name an address without its query, which may say more than a log should keep."""
    return url.partition("?")[0]


def _retry_after(headers: httpx.Headers) -> float:
    text = headers["Retry-After"].strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now()).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _total(headers: httpx.Headers) -> int | None:
    text = headers.get("X-Total-Count", "").strip()
    return int(text) if text.isdecimal() else None


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Half of a surrogate pair in one name spoils no page of others: Python's reader takes it, and it becomes a `?`.
        return orjson.loads(json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace"))


def _rows(collection: str, body: bytes) -> list[Row]:
    try:
        answer = _json(body)
    except (ValueError, RecursionError) as error:
        raise RosterSourceFailed(f"/{collection} answered with something that is not JSON") from error
    if isinstance(answer, dict):
        lists = [value for value in answer.values() if isinstance(value, list)]
        answer = answer[collection] if collection in answer else lists[0] if len(lists) == 1 else answer
    if not isinstance(answer, list):
        raise RosterSourceFailed(f"/{collection} answered without a list{_said(body)}")
    return [row for row in answer if isinstance(row, dict)]


def _said(body: bytes) -> str:
    """Give the sentence of an imsx status, in any of the three forms that are about: plain, wrapped, flat."""
    try:
        status = orjson.loads(body)
        status = status.get("imsx_StatusInfo", status)
        text = status.get("imsx_description") or status.get("imsx_codeMinor") or status.get("error_description")
    except (orjson.JSONDecodeError, AttributeError):
        return ""
    return f": {str(text)[:200]}" if text else ""
