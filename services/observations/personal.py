"""What this service keeps about people (shared/privacy)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.observations.observations.records import find_anew
from services.observations.observations.rendering import state_of
from shared.privacy.rules import ERASED, Personal, Told, lines_without
from shared.units import Unit

_IS_TEACHER, _IS_OBSERVER = "t.teacher_id = any($2)", "t.observer_id = any($2)"
_OF_TEACHER = """t.observation_id in (select o.id from observations.observations o
                                     where o.district_id = $1 and o.teacher_id = any($2))"""
_SHARED_WITH_TEACHER = """t.observation_id in (select o.id from observations.observations o
    where o.district_id = $1 and o.teacher_id = any($2) and o.shared_at is not null)"""
_CONTENT: dict[str, Any] = {"kind": "observation_content"}


def _said(column: str) -> str:
    return f"case when t.{column} is not null then '{ERASED}' end"


_FEEDBACK = f"""case when t.feedback is not null then t.feedback || jsonb_build_object('body', '{ERASED}', 'next_steps',
    {lines_without("text", "coalesce(t.feedback -> 'next_steps', '[]')")}) end"""


async def _observations(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    rows = await find_anew(unit, ids)
    return {row.id: state_of(row, len((row.feedback or {}).get("next_steps", []))) for row in rows}


PERSONAL: dict[str, Personal] = {
    # What was seen and said is the teacher's. An observer who is erased is an id under it, and the words stay.
    "observations": Personal(
        mine=f"{_IS_TEACHER} or {_IS_OBSERVER}",
        private=("script", "scores", "look_fors", "feedback", "response", "follow_up", "conferences", "reason"),
        private_when="t.observer_id <> all($2) and t.shared_at is null",
        erased={
            "script": lines_without("text", "t.script"),
            "feedback": _FEEDBACK,
            "response": f"case when t.response is not null then '{ERASED}' end",
            "follow_up": f"case when t.follow_up is not null then '{ERASED}' end",
            "conferences": "null::jsonb",
            "reason": f"case when t.reason is not null then '{ERASED}' end",
        },
        erased_of=_IS_TEACHER,
        told=Told("observation.erased", "observations", _observations),
        kind="observation_content",
        since="coalesce(t.observed_at, t.scheduled_at, t.created_at)",
    ),
    "evidence_links": Personal(
        mine=f"""t.source_kind = 'observation' and t.source_id in (
            select t.id from observations.observations t where t.district_id = $1 and {_IS_TEACHER})""",
        stays="who linked it is not kept, and its note may be about others",
        erased={"note": f"case when t.note is not null then '{ERASED}' end"},
        kind="observation_content",
        since="t.created_at",
    ),
    "evidence_items": Personal(
        mine=f"t.author_id = any($2) or (t.visibility = 'shared' and {_SHARED_WITH_TEACHER})",
        erased={"text": _said("text"), "asset": _said("asset")},
        erased_of=_OF_TEACHER,
        **_CONTENT,
        since="t.created_at",
    ),
    "evidence_packages": Personal(
        mine=f"t.author_id = any($2) or {_SHARED_WITH_TEACHER}",
        erased={"reasoning": _said("reasoning")},
        erased_of=_OF_TEACHER,
        **_CONTENT,
        since="t.created_at",
    ),
    "observation_attachments": Personal(
        mine=f"t.author_id = any($2) or {_SHARED_WITH_TEACHER}",
        erased={"name": f"'{ERASED}'", "state": "'erased'", "finding": "null"},  # its bytes go next: erased.py
        erased_of=_OF_TEACHER,
        **_CONTENT,
        since="t.created_at",
    ),
    "observation_changes": Personal(
        mine=_OF_TEACHER,
        stays="what the row said before",
        deleted=True,
        versioned=False,
        key="observation_id",
        **_CONTENT,
        since="t.at",
    ),
    "observation_reports": Personal(
        mine=_OF_TEACHER,
        stays="copies of what the row says",
        deleted=True,
        versioned=False,
        key="observation_id",
        **_CONTENT,
        since="t.made_at",
    ),
    "observation_conflicts": Personal(
        mine=_OF_TEACHER,
        stays="versions that were not kept",
        deleted=True,
        **_CONTENT,
        since="t.created_at",
    ),
    "visits": Personal(
        mine=f"{_IS_TEACHER} or t.observer_ids && $2",
        kept="that somebody was visited, as ids",
        key="id",
    ),
    "prior_ratings": Personal(mine=_IS_TEACHER, deleted=True),
    "feedback_targets": Personal(mine=_IS_TEACHER, deleted=True),
    # Made anew as long as there are facts.
    "expectations": Personal(mine=_IS_TEACHER, hidden=("made_at",), deleted=True, versioned=False),
    "acknowledgements": Personal(
        mine="t.person_id = any($2)",
        kept="that somebody had read what was expected, as ids: it counts in the share of the school",
    ),
    "learning_walks": Personal(
        mine="t.team_ids && $2", kept="of a walk its team is kept, as ids, and nobody who was visited"
    ),
    "walk_stops": Personal(
        mine="""t.walk_id in (select w.id from observations.learning_walks w
                              where w.district_id = $1 and w.team_ids && $2)""",
        kept="a stop names nobody",
    ),
}
