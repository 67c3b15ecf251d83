"""Random districts: organisations, people (some merged), relationships of every date, and rows of every noun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, LargeBinary, Uuid, insert
from sqlalchemy.dialects.postgresql import JSONB

from shared.access.copying import _UPSERTS as UPSERTS
from shared.access.rights import Known, Place, Roster, Tie
from shared.clock import new_id
from shared.settings import SERVICE_NAMES
from shared.testing.stack import Stack
from tests.access.nouns import DAY, MOMENT, NOUNS, ORG, PARENTS, PERSON, PERSON_OR_NONE, TEAM, Noun

TODAY = datetime.now(UTC).date()
KINDS = ("leads", "teaches_at", "coaches", "mentors", "supervises", "evaluates")
TO_ORGS = ("leads", "teaches_at")
CLASSES = ("administrative_leader", "school_leader", None)
DAYS = (None, -400, -1, 0, 1, 400)
ROWS = 4


def day(distance: int | None) -> date | None:
    return None if distance is None else TODAY + timedelta(days=distance)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    orgs: dict[UUID, Place] = {}
    for _ in range(draw(st.integers(2, 5))):
        above = draw(st.sampled_from([None, *orgs]))
        orgs[new_id()] = Place(above, draw(st.sampled_from([False, False, False, True])))
    people: dict[UUID, Known] = {}
    for _ in range(draw(st.integers(3, 6))):
        themselves = [None, None, *(id_ for id_, known in people.items() if not known.merged_into)]
        merged = draw(st.sampled_from(themselves))
        people[new_id()] = Known(merged is not None or draw(st.sampled_from([False] * 5 + [True])), merged)
    tie = st.builds(
        _tie, st.sampled_from(list(people)), st.sampled_from(KINDS), st.sampled_from(list(orgs)),
        st.sampled_from(list(people)), st.sampled_from(DAYS), st.sampled_from(DAYS),
        st.sampled_from([False] * 5 + [True]), st.sampled_from(CLASSES),
    )  # fmt: skip
    return Roster(people, orgs, draw(st.lists(tie, min_size=3, max_size=12)))


def _tie(
    person: UUID,
    kind: str,
    org: UUID,
    target: UUID,
    begin: int | None,
    end: int | None,
    archived: bool,
    how: str | None,
) -> Tie:
    to_org = kind in TO_ORGS
    return Tie(
        new_id(), person, kind, org if to_org else None, None if to_org else target, day(begin), day(end), archived,
        how if kind == "leads" else None,
    )  # fmt: skip


@dataclass
class Filled:
    """A random district in the real tables, and the same rows as the policy asks about them."""

    id: UUID
    roster: Roster
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def attributes(self, noun: Noun, row: Mapping[str, Any]) -> dict[str, Any]:
        """Give a row with the rows that it hangs on, by the name that conditions use."""
        known = {name: {one["id"]: one for one in self.rows[PARENTS[name]]} for name in noun.parents}
        return dict(row) | {name: known[name].get(row[column]) for name, column in noun.parents.items()}


async def fill(stack: Stack, roster: Roster, random: Random) -> Filled:
    filled = Filled(new_id(), roster)
    for name in SERVICE_NAMES:
        async with stack.runtimes[name].database.transaction(filled.id) as connection:
            for entity, rows in _copies(roster).items():
                statement = UPSERTS[entity].format(schema=name)
                await connection.execute(statement, filled.id, orjson.dumps(rows).decode())
    for noun in NOUNS:
        if noun.table_of:
            filled.rows[noun.name] = filled.rows[f"{noun.table_of}.queries.visible_to"]
            continue
        rows = _unlike(noun, [_row(noun, filled, random) for _ in range(ROWS)])
        filled.rows[noun.name] = rows
        async with stack.runtimes[noun.service].database.unit(filled.id) as unit:
            await unit.session.execute(insert(noun.table()), rows)
    return filled


def _copies(roster: Roster) -> dict[str, list[dict[str, Any]]]:
    return {
        "people": [
            {"id": id_, "given_name": "", "family_name": "", "email": None, "archived": known.archived, "version": 1,
             "merged_into": known.merged_into}
            for id_, known in roster.people.items()
        ],
        "orgs": [
            {"id": id_, "name": "", "type": "school", "parent_id": place.parent_id, "archived": place.archived,
             "version": 1}
            for id_, place in roster.orgs.items()
        ],
        "relationships": [{name: getattr(tie, name) for name in Tie.__slots__} | {"version": 1} for tie in roster.ties],
    }  # fmt: skip


def _unlike(noun: Noun, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what by chance says again what its table has once, or once for each district."""
    table = noun.table().__table__
    if any(str(getattr(constraint, "sqltext", "")) == "id = district_id" for constraint in table.constraints):
        return [row | {"id": row["district_id"]} for row in rows[:1]]
    for index in table.indexes:
        names = [column.name for column in index.columns]
        if index.unique and all(name in row for row in rows for name in names):
            rows = list({tuple(str(row[name]) for name in names): row for row in rows}.values())
    return rows


def _row(noun: Noun, filled: Filled, random: Random) -> dict[str, Any]:
    columns = noun.table().__table__.columns
    row = {c.name: _anything(c.type) for c in columns if not c.nullable and c.name not in noun.fields}
    row |= {"district_id": filled.id, "id": new_id()}
    return row | {name: _chosen(what, filled, random) for name, what in noun.fields.items()}


def _anything(kind: Any) -> Any:
    for of, value in (
        (Uuid, new_id()), (JSONB, []), (ARRAY, []), (Boolean, False), (Integer, 1), (Float, 1.0), (Date, TODAY),
        (DateTime, datetime.now(UTC)), (LargeBinary, b""),
    ):  # fmt: skip
        if isinstance(kind, of):
            return value
    return str(new_id())


def _chosen(what: Any, filled: Filled, random: Random) -> Any:
    people, orgs = list(filled.roster.people), list(filled.roster.orgs)
    given: dict[str, Sequence[Any]] = {
        PERSON: people,
        PERSON_OR_NONE: [None, *people],
        ORG: orgs,
        MOMENT: (None, datetime.now(UTC)),
        DAY: [day(distance) for distance in DAYS],
    }
    if what == TEAM:
        return random.sample(people, random.randint(0, 2))
    if isinstance(what, str) and what not in given:
        return random.choice(filled.rows[what])["id"]
    if isinstance(what, tuple) and what and str(what[0]) in filled.rows:
        return random.choice(filled.rows[random.choice(what)])["id"]
    return random.choice(given[what] if isinstance(what, str) else what)
