"""One pull: collection after collection, into spools. Nothing of it is imported unless all of it came.

What the provider does not offer stays absent, hence as it is. What came incompletely, by the provider's own count,
becomes a delta: it may add and change, and ends nobody.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.districts.roster_exports.rules import DELTA
from services.districts.roster_pulls.client import FilterRefused, NotOffered, Page, Provider
from services.districts.roster_pulls.errors import RosterSourceFailed
from services.districts.roster_pulls.mapping import CELLS, Cells, Row, extension, is_gone, profiles_of, roles_of, text
from services.districts.roster_pulls.packing import Spool
from services.districts.roster_sources.rules import COLLECTIONS

OVERLAP = timedelta(minutes=5)  # clocks differ; what comes twice changes nothing
Progress = Callable[[int, int | None, str], Awaitable[None]]
Besides = Callable[[str, list[str], list[str]], Awaitable[list[str]]]
PARTS = ("roles", "userProfiles")  # files of their own in CSV, members of the user in REST


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: `since` makes it an incremental pull."""

    missing: frozenset[str]
    since: datetime | None
    began_at: datetime
    supports_filter: bool
    trusts_total: bool


@dataclass
class Pull:
    provider: Provider
    manner: Manner
    progress: Progress
    besides: Besides
    spools: dict[str, Spool] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    done: int = 0
    total: int = 0

    async def run(self) -> None:
        for collection in (name for name in COLLECTIONS if name not in self.manner.missing):
            try:
                await self._collect(collection)
            except NotOffered as error:
                self._drop(collection)
                self.warnings.append(f"{error}: what is known of it was left alone")
        if not self.spools:
            first = self.warnings[0].partition(": what is known")[0] if self.warnings else "all are said to be missing"
            raise RosterSourceFailed(
                f"it offers none of the collections: is the base URL right, and may we read them? ({first})",
                warnings=self.warnings,
            )

    def close(self) -> None:
        for spool in self.spools.values():
            spool.close()

    async def _collect(self, collection: str) -> None:
        since = self.manner.since
        condition = None
        if since is not None and self.manner.supports_filter:
            condition = f"dateLastModified>'{_instant(since)}'"
        try:
            await self._take_all(collection, condition)
        except FilterRefused as error:
            self.warnings.append(f"{error}: everything was asked for, and looked through here")
            await self._take_all(collection, None)

    async def _take_all(self, collection: str, condition: str | None) -> None:
        self._drop(collection)
        spool = self.spools[collection] = Spool(collection)
        if collection == "users":
            self.spools["roles"] = Spool("roles")
        came, total, number = 0, None, 0
        async with aclosing(self.provider.pages(collection, condition)) as pages:
            async for page in pages:
                number += 1
                came, total = came + len(page.rows), page.total
                self.done += len(page.rows)
                await self.progress(self.done, self._total(came, total), f"{collection}, page {number}")
                await self._take(spool, page)
        self.total = self.done
        self._judge(collection, came, total)

    async def _take(self, spool: Spool, page: Page) -> None:
        rows = [row for row in page.rows if text(row.get("sourcedId")) and self._is_wanted(row)]
        for row in rows:
            spool.add(
                text(row["sourcedId"]), gone=is_gone(row), changed=self._changed(row), cells=CELLS[spool.name](row),
                extension=extension(row),
            )  # fmt: skip
        if spool.name == "users":
            await self._take_parts("roles", [(row, {} if is_gone(row) else roles_of(row)) for row in rows])
            profiles = ((row, {} if is_gone(row) else profiles_of(row)) for row in rows)
            await self._take_parts("userProfiles", [(row, its) for row, its in profiles if its is not None])

    async def _take_parts(self, name: str, parts: Sequence[tuple[Row, dict[str, Cells]]]) -> None:
        """Take what a file of its own has; of profiles only if any user has some, for many providers have none."""
        kept = [key for _, its in parts for key in its]
        gone = []
        if self.manner.since is not None and parts:
            gone = await self.besides(name, [text(row["sourcedId"]) for row, _ in parts], kept)
        if name not in self.spools and (kept or gone):
            self.spools[name] = Spool(name)
        for row, its in parts:
            for key, cells in its.items():
                self.spools[name].add(key, gone=False, changed=self._changed(row), cells=cells)
        for key in gone:
            cells = [""] * len(self.spools[name].columns)
            self.spools[name].add(key, gone=True, changed=_instant(self.manner.began_at), cells=cells)

    def _judge(self, collection: str, came: int, total: int | None) -> None:
        """Make a delta of what is one, or is not whole."""
        names = (collection, *PARTS) if collection == "users" else (collection,)
        is_short = total is not None and came < total and self.manner.trusts_total
        if is_short and self.manner.since is None:
            self.warnings.append(
                f"/{collection} gave {came:,} of {total:,} rows: nothing that it left out was ended"
                " (if its count is wrong, say trusts_total: false)"
            )
        if is_short or self.manner.since is not None:
            for name in (name for name in names if name in self.spools):
                self.spools[name].mode = DELTA

    def _is_wanted(self, row: Row) -> bool:
        """Leave out what has not changed; a row that does not say is wanted."""
        if self.manner.since is None:
            return True
        changed = _moment(text(row.get("dateLastModified")))
        return changed is None or changed > self.manner.since

    def _changed(self, row: Row) -> str:
        return _instant(_moment(text(row.get("dateLastModified"))) or self.manner.began_at)

    def _total(self, came: int, total: int | None) -> int | None:
        return None if total is None else max(self.done, self.done - came + total)

    def _drop(self, collection: str) -> None:
        for name in (collection, *PARTS) if collection == "users" else (collection,):
            if name in self.spools:
                self.spools.pop(name).close()


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
