"""The plan of an import: how many rows of each file are new, changed, ended, unchanged, rejected, and a few of each."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.districts.people.rules import NOT_STAFF
from services.districts.roster_imports.applying import Applier, Counts
from services.districts.roster_imports.mapping import Target
from services.districts.roster_imports.rules import digest
from shared.database import Connection

A_FEW = 5
_OTHERS = "', '".join(sorted(NOT_STAFF))
# A student's name leaves by OneRoster alone.
_STAFF_NAME = f"""case when t.is_staff or exists (
    select from districts.roles r where r.district_id = t.district_id and r.person_id = t.id
    and r.role not in ('{_OTHERS}') and (r.archived_at is null or r.archived_at = t.archived_at))
    then concat_ws(' ', t.given_name, t.family_name) end"""
_TITLED = dict.fromkeys(("terms", "courses", "classes", "categories", "score_scales", "line_items"), "t.title")
_NAMES = {"orgs": "t.name", "people": _STAFF_NAME, "roles": "t.role", "enrollments": "t.role", **_TITLED}
_KEPT_AS_IT_IS = ["version", "updated_at", "row_hash"]


@dataclass(slots=True)
class EntityPlan:
    mode: str
    counts: Counts
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        return {"mode": self.mode, **asdict(self.counts)}


@dataclass(slots=True)
class Plan:
    """`over` says of which files more would end than the brake lets pass."""

    roster_version: int
    sha256: str
    entities: dict[str, EntityPlan] = field(default_factory=dict)
    over: list[dict[str, Any]] = field(default_factory=list)

    @property
    def files(self) -> dict[str, Any]:
        return {name: entity.told() for name, entity in self.entities.items()}

    @property
    def digest(self) -> str:
        return digest(self.roster_version, self.sha256, self.files)

    @property
    def rekeyed(self) -> int:
        return sum(entity.counts.rekeyed for entity in self.entities.values())

    def tell_rekeyed(self, name: str, counts: Counts) -> None:
        """Say of those who would seem to end how many only have another id."""
        for entry in self.over:
            if entry["file"] == name:
                entry |= {"ended": counts.ended, "rekeyed": counts.rekeyed}

    def shown(self) -> dict[str, Any]:
        return {name: entity.told() | {"samples": entity.samples} for name, entity in self.entities.items()}


async def roster_version(connection: Connection, district_id: UUID) -> int:
    found = await connection.fetchval(
        "select version from districts.roster_versions where district_id = $1", district_id
    )
    return int(found or 0)


async def find_samples(applier: Applier, target: Target) -> dict[str, list[dict[str, Any]]]:
    """Give a few rows of each kind, once the file is applied; what changed in them, too."""
    new, changed, ended, rejected = await applier.a_few(target, A_FEW)
    found = await _rows(applier, target, [*new, *changed, *ended])
    kinds = {"new": new, "changed": changed, "ended": ended}
    samples = {kind: [found[key] for key in keys if key in found] for kind, keys in kinds.items()}
    for row in samples["new"]:
        row["id"] = None  # it gets one when it is applied
    samples["rejected"] = [{"sourced_id": key, "id": None, "name": None, "fields": []} for key in rejected]
    return {kind: rows for kind, rows in samples.items() if rows}


async def _rows(applier: Applier, target: Target, keys: list[str]) -> dict[str, dict[str, Any]]:
    if not keys:
        return {}
    name = _NAMES.get(target.table, "null::text")
    rows = await applier.connection.fetch(
        f"""select t.sourced_id, t.id, {name} as name, array(
              select n.key from jsonb_each(to_jsonb(t)) n
              where h.old is not null and n.value is distinct from h.old -> n.key and n.key <> all ($4)
              order by n.key) as fields
            from districts.{target.table} t
            left join districts.roster_history h on h.district_id = t.district_id and h.import_id = $2
              and h.table_name = '{target.table}' and h.row_id = t.id
            where t.district_id = $1 and t.sourced_id = any ($3)""",
        applier.district_id,
        applier.import_id,
        keys,
        _KEPT_AS_IT_IS,
    )
    return {row["sourced_id"]: dict(row) | {"id": str(row["id"])} for row in rows}


async def keep_plan(connection: Connection, district_id: UUID, import_id: UUID, plan: Plan, now: datetime) -> None:
    await connection.execute(
        """insert into districts.roster_plans as p
             (district_id, import_id, digest, roster_version, made_at, entities, over)
           values ($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb)
           on conflict (district_id, import_id) do update set digest = excluded.digest,
             roster_version = excluded.roster_version, made_at = excluded.made_at, entities = excluded.entities,
             over = excluded.over""",
        district_id,
        import_id,
        plan.digest,
        plan.roster_version,
        now,
        orjson.dumps(plan.shown()).decode(),
        orjson.dumps(plan.over).decode(),
    )
