"""The statements of the gradebook: each over any number of rows at once."""

from collections.abc import Collection as Some
from collections.abc import Sequence
from uuid import UUID

import orjson

from services.districts.gradebook.nouns import Noun, Reference
from services.districts.gradebook.rules import Row
from services.districts.oneroster.documents import is_called, shown
from services.districts.tables import FORMER, MANUAL
from shared.units import Unit


async def ids_of(unit: Unit, reference: Reference, sourced_ids: Some[str]) -> dict[str, UUID]:
    """Find rows by the ids under which they are shown; a person by one of before, too."""
    table = reference.table
    found = "coalesce(x.former_of, x.id)" if table == "people" else "x.id"
    rows = await unit.connection.fetch(
        f"""select {shown("x", table)} as sourced_id, {found} as id from districts.{table} x
            where x.district_id = $1 and {is_called("x", table, "any($2)")}{reference.condition}{_real(table)}""",
        unit.district_id,
        list(sourced_ids),
    )
    return {row["sourced_id"]: row["id"] for row in rows}


def _real(table: str) -> str:
    """Leave out the tombstones of ids, which only OneRoster's readers are told of."""
    return f" and x.source <> '{FORMER}'" if table in {"orgs", "classes"} else ""


async def schools_of(unit: Unit, classes: Some[UUID]) -> dict[UUID, UUID]:
    rows = await unit.connection.fetch(
        "select id, org_id from districts.classes where district_id = $1 and id = any($2)",
        unit.district_id,
        list(classes),
    )
    return {row["id"]: row["org_id"] for row in rows}


async def items_elsewhere(unit: Unit, items: Some[UUID], klass: UUID) -> list[str]:
    """Give the line items that are not of this class."""
    rows = await unit.connection.fetch(
        """select sourced_id from districts.line_items where district_id = $1 and id = any($2) and class_id <> $3""",
        unit.district_id,
        list(items),
        klass,
    )
    return [row["sourced_id"] for row in rows]


def _tuple(noun: Noun, row: str) -> str:
    return ", ".join(f"{row}.{column}" for column in noun.typed)


def _given(noun: Noun) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in noun.typed.items())
    return f"jsonb_to_recordset($2::text::jsonb) as g (id uuid, sourced_id text, {columns})"


async def upsert(unit: Unit, noun: Noun, rows: Sequence[Row]) -> None:
    """Write rows by their sourcedId. What is the same already stays as it is, and as old as it is.

    What a file brought stays the file's to end, unless it ended it before: then whoever hands it in again has it.
    """
    table = noun.collection.table
    sets = ", ".join(f"{column} = excluded.{column}" for column in noun.typed)
    await unit.connection.execute(
        f"""insert into districts.{table} as x
              (district_id, id, version, created_at, updated_at, source, sourced_id, {", ".join(noun.typed)})
            select $1, g.id, 1, $3, $3, '{MANUAL}', g.sourced_id, {_tuple(noun, "g")} from {_given(noun)}
            on conflict (district_id, sourced_id) do update
            set version = x.version + 1, updated_at = excluded.updated_at, archived_at = null,
                source = case when x.archived_at is null then x.source else excluded.source end, {sets}
            where x.archived_at is not null or ({_tuple(noun, "x")}) is distinct from ({_tuple(noun, "excluded")})""",
        unit.district_id,
        orjson.dumps(rows, default=str).decode(),
        unit.now,
    )


async def taken(unit: Unit, noun: Noun, rows: Sequence[Row]) -> set[str]:
    """Give the ids that stand for something else already, be it deleted."""
    found = await unit.connection.fetch(
        f"""select x.sourced_id from {_given(noun)} join districts.{noun.collection.table} x
              on x.district_id = $1 and x.sourced_id = g.sourced_id
            where x.archived_at is not null or ({_tuple(noun, "x")}) is distinct from ({_tuple(noun, "g")})""",
        unit.district_id,
        orjson.dumps(rows, default=str).decode(),
    )
    return {row["sourced_id"] for row in found}


async def is_used(unit: Unit, table: str, column: str, row_id: UUID) -> bool:
    return bool(
        await unit.connection.fetchval(
            f"""select exists (select from districts.{table}
                               where district_id = $1 and {column} = $2 and archived_at is null)""",
            unit.district_id,
            row_id,
        )
    )


async def bury(unit: Unit, table: str, column: str, value: UUID) -> None:
    """Make tombstones: whoever asks what changed is told of them."""
    await unit.connection.execute(
        f"""update districts.{table} set archived_at = $3, updated_at = $3, version = version + 1
            where district_id = $1 and {column} = $2 and archived_at is null""",
        unit.district_id,
        value,
        unit.now,
    )
