"""What a file of its own says of a line item or a result: its scale, and its learning objectives.

Each row of such a file is a link. The row that it belongs to holds the sum of its links in a column, which is what
everybody reads; so one follows the other: the column what a file says (`Link.sum`, for an import), the links what an
LMS hands in (`follow`), so that a file can say it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.districts.tables import MANUAL
from shared.clock import new_id
from shared.units import Unit


@dataclass(frozen=True, slots=True)
class Link:
    """`owner` is the table of the rows that links belong to, `key` the column that leads there.

    `sum` makes the owner's `column` for the owner `t`. `split` gives the `values` of the links of an owner `x`, and
    `name` what such a link `w` is called after its owner.
    """

    table: str
    owner: str
    key: str
    column: str
    sum: str
    values: tuple[str, ...]
    split: str
    name: str


def _scales(table: str, owner: str, key: str) -> Link:
    return Link(
        table, owner, key, "score_scale_id",
        f"""(select l.score_scale_id from districts.{table} l
             where l.district_id = t.district_id and l.{key} = t.id and l.archived_at is null
             order by l.updated_at desc, l.sourced_id limit 1)""",
        ("score_scale_id",), "select x.score_scale_id where x.score_scale_id is not null",
        "(select s.sourced_id from districts.score_scales s where s.district_id = $1 and s.id = w.score_scale_id)",
    )  # fmt: skip


def _objectives(table: str, owner: str, key: str, member: str, one: str, read: dict[str, str]) -> Link:
    sets = f"""select l.objective_source as source, jsonb_agg({one} order by l.learning_objective_id) as ones
               from districts.{table} l
               where l.district_id = t.district_id and l.{key} = t.id and l.archived_at is null
               group by l.objective_source"""
    return Link(
        table, owner, key, "learning_objective_set",
        f"""(select jsonb_agg(jsonb_build_object('source', s.source, '{member}', s.ones) order by s.source)
             from ({sets}) s)""",
        ("objective_source", *read),
        f"""select distinct on (1, 2) o ->> 'source', {", ".join(read.values())}
            from jsonb_array_elements(x.learning_objective_set) o, jsonb_array_elements(o -> '{member}') i""",
        "w.objective_source || '/' || w.learning_objective_id",
    )  # fmt: skip


LINKS = {
    link.table: link
    for link in (
        _scales("line_item_score_scales", "line_items", "line_item_id"),
        _scales("result_score_scales", "results", "result_id"),
        _objectives(
            "line_item_objectives", "line_items", "line_item_id", "learningObjectiveIds",
            "to_jsonb(l.learning_objective_id)", {"learning_objective_id": "i #>> '{}'"},
        ),
        _objectives(
            "result_objectives", "results", "result_id", "learningObjectiveResults",
            "jsonb_strip_nulls(jsonb_build_object('learningObjectiveId', l.learning_objective_id,"
            " 'score', l.score, 'textScore', l.text_score))",
            {
                "learning_objective_id": "i ->> 'learningObjectiveId'", "score": "(i ->> 'score')::float8",
                "text_score": "i ->> 'textScore'",
            },
        ),
    )
}  # fmt: skip


async def follow(unit: Unit, owner: str, sourced_ids: Sequence[str]) -> None:
    """Let the links of these rows, which an LMS has just handed in, say what the rows do. One that does stays."""
    for link in (link for link in LINKS.values() if link.owner == owner):
        wanted, kept = (", ".join(f"{alias}.{name}" for name in link.values) for alias in ("w", "l"))
        given = "x.district_id = $1 and x.sourced_id = any($2)"
        split = f"""(select x.id, x.sourced_id, v.* from districts.{owner} x
                     cross join lateral ({link.split}) v ({", ".join(link.values)}) where {given}) w"""
        same = f"({kept}) is not distinct from ({wanted})"
        active = f"l.district_id = $1 and l.archived_at is null and l.{link.key}"
        await unit.connection.execute(
            f"""update districts.{link.table} l set version = l.version + 1, updated_at = $3, archived_at = $3
                from districts.{owner} x
                where {given} and {active} = x.id
                  and not exists (select from {split} where w.id = x.id and {same})""",
            unit.district_id, list(sourced_ids), unit.now,
        )  # fmt: skip
        await unit.connection.execute(
            f"""insert into districts.{link.table} as l
                  (district_id, id, version, created_at, updated_at, source, sourced_id, {link.key},
                   {", ".join(link.values)})
                select $1, ('{new_id().hex[:24]}' || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, 1, $3, $3,
                       '{MANUAL}', w.sourced_id || '@' || {link.name}, w.id, {wanted}
                from {split}
                where not exists (select from districts.{link.table} l where {active} = w.id and {same})
                on conflict (district_id, sourced_id) do update
                set version = l.version + 1, updated_at = excluded.updated_at, archived_at = null,
                    source = excluded.source, {", ".join(f"{name} = excluded.{name}" for name in link.values)}
                where l.archived_at is not null""",
            unit.district_id, list(sourced_ids), unit.now,
        )  # fmt: skip
