"""That something is due or overdue is told once: each noun keeps a table of what it told, by row, kind and deadline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.database import Connection


@dataclass(frozen=True, slots=True)
class Notices:
    """The table of one noun: `of` is its column for what is due, `due` that for the deadline, of the type `type`."""

    table: str
    of: str
    due: str
    type: str

    async def claim(
        self, connection: Connection, district_id: UUID, due: Mapping[UUID, tuple[str, date]], moment: datetime
    ) -> set[UUID]:
        """Take what was not told yet. Of two that do so at once each is one's alone."""
        rows = await connection.fetch(
            f"""insert into observations.{self.table} (district_id, {self.of}, kind, {self.due}, told_at)
                select $1, n.id, n.kind, n.due, $2
                from unnest($3::uuid[], $4::text[], $5::{self.type}[]) as n (id, kind, due)
                on conflict do nothing returning {self.of}""",
            district_id, moment, list(due), [kind for kind, _ in due.values()], [at for _, at in due.values()],
        )  # fmt: skip
        return {row[self.of] for row in rows}
