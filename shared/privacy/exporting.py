"""A person's rows, table by table, as JSON has them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from shared.database import Connection
from shared.privacy.rules import Personal, Rules

Part = dict[str, list[dict[str, Any]]]


async def export_person(
    connection: Connection, schema: str, rules: Rules, district_id: UUID, ids: Sequence[UUID]
) -> Part:
    """Give what a service keeps about somebody. A table without a row is there, and empty."""
    part: Part = {}
    for table, rule in rules.items():
        if not rule.stays:
            text = await connection.fetchval(_rows(schema, table, rule), district_id, list(ids))
            part[table] = orjson.loads(text)
    return part


def _rows(schema: str, table: str, rule: Personal) -> str:
    hidden = _texts(("district_id", *rule.hidden))
    blanks = "".join(f", '{name}', null" for name in rule.private).removeprefix(", ")
    row = f"to_jsonb(t) - {hidden}"
    if blanks:
        row = f"case when {rule.private_when} then ({row}) || jsonb_build_object({blanks}) else {row} end"
    return f"""select coalesce(jsonb_agg({row} order by t.{rule.key})::text, '[]') from {schema}.{table} t
               where t.district_id = $1 and ({rule.mine})"""


def _texts(names: Sequence[str]) -> str:
    return "array[" + ", ".join(f"'{name}'" for name in names) + "]"
