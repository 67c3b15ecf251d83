"""Erases what is personal in a person's rows, or in rows that are older than their time, in the caller's transaction.

What an aggregate counts stays: ids, dates, scores. Whoever is erased is an id that leads to nobody. A second time finds
nothing to change. The payloads of the feed become those of the erased rows, so that a replay from zero brings nothing
back, and the change is told like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from shared.feed.events import Event, plain
from shared.privacy.rules import Personal, Rules
from shared.units import Unit, emit

Touched = dict[str, list[UUID]]
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Of:
    """Whose rows: those of a person (all of its ids), or those of a kind that are older than `before`."""

    people: tuple[UUID, ...] = ()
    kind: str = ""
    before: datetime | None = None

    def chooses(self, rule: Personal) -> bool:
        return bool(rule.erased or rule.deleted) and (not self.kind or rule.kind == self.kind)

    def where(self, rule: Personal) -> str:
        if self.kind:
            return f"({rule.since}) < $3 and ({rule.mine}) is not true"  # the people are those whom a hold leaves out
        return f"({rule.erased_of or rule.mine}) and $3::timestamptz is null"


class Undone(Exception):
    """Ends a dry run: all of it was done, and none of it is kept."""


async def erase(unit: Unit, rules: Rules, of: Of) -> Touched:
    """Erase in every table of this service; give the keys of the rows that were changed or deleted."""
    touched: Touched = {}
    for table, rule in rules.items():
        if of.chooses(rule):
            statement = _delete(unit.schema, table, rule, of) if rule.deleted else _update(unit.schema, table, rule, of)
            given: list[Any] = [unit.district_id, list(of.people), of.before]
            if not rule.deleted and rule.versioned:
                given.append(unit.now)
            rows = await unit.connection.fetch(statement, *given)
            touched[table] = [row["key"] for row in rows]
            if rule.told is not None and rows:
                await tell_anew(unit, rule, touched[table])
    if of.people and not of.kind:
        await forget_answers(unit, of.people)
    return touched


async def forget_answers(unit: Unit, people: Sequence[UUID]) -> None:
    """Drop the answers that are kept for an Idempotency-Key and tell of these people. They live for a day at most."""
    await unit.connection.execute(
        f"""delete from {unit.schema}.idempotency_keys where district_id = $1
              and exists (select from unnest($2::text[]) i (id)
                          where position(convert_to(i.id, 'UTF8') in body) > 0)""",
        unit.district_id,
        [str(person) for person in people],
    )


async def tell_anew(unit: Unit, rule: Personal, ids: Sequence[UUID]) -> None:
    """Announce these rows' states, and put them in place of what earlier events of the same rows said."""
    if rule.told is None:
        return
    states = await rule.told.states(unit, ids)
    await rewrite_payloads(unit, rule.told.entity, states)
    for row_id, state in states.items():
        emit(unit, Event(rule.told.type, rule.told.entity, row_id, dict(state), tuple(rule.erased)))


async def rewrite_payloads(unit: Unit, entity: str, states: Mapping[UUID, Mapping[str, Any]]) -> None:
    given = orjson.dumps([{"id": str(row_id), "data": state} for row_id, state in states.items()], default=plain)
    await unit.connection.execute(
        f"""update {unit.schema}.outbox o set payload = jsonb_set(o.payload::jsonb, '{{data}}', s.data)::text
            from jsonb_to_recordset($3::text::jsonb) as s (id uuid, data jsonb)
            where o.district_id = $1 and o.entity = $2 and o.entity_id = s.id""",
        unit.district_id,
        entity,
        given.decode(),
    )


def _update(schema: str, table: str, rule: Personal, of: Of) -> str:
    sets = ", ".join(f"{name} = {made}" for name, made in rule.erased.items())
    differs = " or ".join(f"t.{name} is distinct from {made}" for name, made in rule.erased.items())
    counted = ", version = t.version + 1, updated_at = $4" if rule.versioned else ""
    return f"""update {schema}.{table} t set {sets}{counted}
               where t.district_id = $1 and ({of.where(rule)}) and ({differs}) returning t.{rule.key} as key"""


def _delete(schema: str, table: str, rule: Personal, of: Of) -> str:
    return f"""delete from {schema}.{table} t where t.district_id = $1 and ({of.where(rule)})
               returning t.{rule.key} as key"""


def told(touched: Touched) -> dict[str, Any]:
    """Say how many rows of each table, and which for example."""
    return {
        table: {"rows": len(ids), "samples": [str(row_id) for row_id in sorted(ids)[:SAMPLES]]}
        for table, ids in touched.items()
        if ids
    }
