"""An erased person's sourcedIds are remembered by their hash: a roster that still has them does not bring anybody back.

The hash is of the district's id and the sourcedId. Whoever has the roster can compute it, and learns what the roster
says already; whoever has only our rows learns nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from shared.database import Connection

_HASH = "encode(sha256(convert_to({district}::text || '/' || btrim({column}), 'UTF8')), 'hex')"
# Where the staged files of a roster name a person.
_NAMING = {
    "stage_people": "raw_sourced_id", "stage_roles": "raw_user_sourced_id", "stage_enrollments": "raw_user_sourced_id",
    "stage_demographics": "raw_sourced_id", "stage_user_profiles": "raw_user_sourced_id",
    "stage_results": "raw_student_sourced_id",
}  # fmt: skip
# What adds to a result names the result alone.
_ADDING = ("stage_result_score_scales", "stage_result_objectives")
_RESULT_OF = """districts.results r where r.district_id = $1 and r.sourced_id = btrim(s.raw_result_sourced_id)
                and r.person_id = e.person_id"""
_FILES = {
    "stage_people": "users", "stage_user_profiles": "userProfiles", "stage_result_score_scales": "resultScoreScales",
    "stage_result_objectives": "resultLearningObjectiveIds",
}  # fmt: skip
_FEW = 100


async def remember(connection: Connection, district_id: UUID, people: Sequence[UUID], now: datetime) -> None:
    """Remember the ids that a roster has or had for these people. Those of an erased row are none any more."""
    await connection.execute(
        f"""insert into districts.erased_identifiers (district_id, hash, person_id, erased_at)
            select $1, {_HASH.format(district="$1::uuid", column="s.sourced_id")}, s.id, $3
            from (select id, sourced_id from districts.people where district_id = $1 and id = any($2)
                    and sourced_id <> 'erased-' || id::text
                  union
                  select person_id, sourced_id from districts.former_sourced_ids
                  where district_id = $1 and person_id = any($2)) s
            on conflict do nothing""",
        district_id, list(people), now,
    )  # fmt: skip


async def leave_out_erased(connection: Connection, district_id: UUID) -> list[str]:
    """Take the rows of erased people out of what an import has staged; give what it tells of that, as JSON."""
    if not await connection.fetchval(
        "select exists (select from districts.erased_identifiers where district_id = $1)", district_id
    ):
        return []
    left: list[str] = []
    for table in (*_NAMING, *_ADDING):
        if await connection.fetchval("select to_regclass('pg_temp.' || $1) is null", table):
            continue
        if column := _NAMING.get(table):
            is_theirs = f"e.hash = {_HASH.format(district='$1::uuid', column=f's.{column}')}"
        else:
            is_theirs = f"exists (select from {_RESULT_OF})"
        rows = await connection.fetch(
            f"""delete from {table} s using districts.erased_identifiers e
                where e.district_id = $1 and {is_theirs} returning s.line""",
            district_id,
        )
        if rows:
            left.append(_told(table, sorted(row["line"] for row in rows)[:_FEW]))
    return left


def _told(table: str, lines: Sequence[int]) -> str:
    """Say it as a row's error is said (roster_imports/reporting.py), without the id that it is about."""
    file = _FILES.get(table, table.removeprefix("stage_"))
    return orjson.dumps(
        [
            {
                "file": file, "line": line, "sourced_id": None, "column": None, "value": None, "code": "erased",
                "message": "This is about somebody who was erased; the row was left out.", "severity": "error",
            }
            for line in lines
        ]
    ).decode()  # fmt: skip
