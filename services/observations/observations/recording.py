"""The one statement that records new observations: one from POST, up to a thousand from a batch.

It looks up what the rules need to know of others (is the teacher assigned there on that day, is the framework version
published), inserts those observations for which it holds, and says of each what it found. One trip, however many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Self, cast
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from services.observations.framework_enablements.errors import FrameworkVersionNotEnabled
from services.observations.framework_enablements.queries import IN_FORCE
from services.observations.frameworks.errors import FrameworkVersionRetired
from services.observations.frameworks.instruments import instrument_of
from services.observations.observation_policies.rules import Policy, due_at
from services.observations.observations import content, rules, timeline
from services.observations.observations.access import observer_of
from services.observations.observations.errors import PolicyMoved, TeachesElsewhere
from services.observations.observations.models import Observation
from services.observations.observations.rendering import state_of
from services.observations.observations.rules import PAST, Move, Progress, State
from services.observations.observations.schemas import Feedback, ObservationWrite, Score, ScriptLine
from services.observations.staff.queries import HOLDS
from services.observations.visits.errors import RatesAlready
from services.observations.visits.queries import planned, rates_already
from services.observations.visits.rules import faults_of
from services.observations.wire import LookForMark
from shared.access.judging import judged_on
from shared.database import Connection
from shared.errors import AppError, FieldError, Invalid
from shared.feed.events import Event, plain
from shared.units import Unit, emit, with_books

_SCRIPT = TypeAdapter(list[ScriptLine])
_SCORES = TypeAdapter(list[Score])
_LOOK_FORS = TypeAdapter(list[LookForMark])
_FEEDBACK = TypeAdapter(Feedback)
_JSON = ("script", "scores", "look_fors", "feedback")
COLUMNS = {
    **dict.fromkeys(("id", "framework_version_id", "observer_id", "teacher_id", "school_id", "class_id",
                     "visit_id"), "uuid"),
    **dict.fromkeys(("purpose", "type", "subject", "lane", "rating_kind", "state", "completion"), "text"),
    "policy_version": "int",
    **dict.fromkeys(("needs_pre_conference", "needs_post_conference", "announced", "blind"), "bool"),
    **dict.fromkeys(
        ("scheduled_at", "scheduled_end_at", "pre_conference_at", "observed_at", "ended_at", "submitted_at",
         "post_conference_at", "shared_at", "read_at", "responded_at", "followed_up_at", "locked_at",
         "feedback_due_at"), "timestamptz"),
    "source": "text", **dict.fromkeys(_JSON, "jsonb"), "response": "text", "response_kind": "text",
}  # fmt: skip
_TYPES = {name: "text" if kind == "jsonb" else kind for name, kind in COLUMNS.items()}
_ONE = "select " + ", ".join(f"${n}::{kind} as {name}" for n, (name, kind) in enumerate(_TYPES.items(), start=3))
_MANY = "select * from json_to_recordset($3::text::json) as g ({})".format(
    ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
)
_NAMES = ", ".join(COLUMNS)
_CAST = ", ".join(f"g.{name}::jsonb" if kind == "jsonb" else f"g.{name}" for name, kind in COLUMNS.items())
# A school's day and UTC's differ, so an assignment counts from a day before to a day after.
_FACTS = f"""
    select g.id,
        exists (select from observations.copied_relationships r
                where r.district_id = $1 and r.person_id = g.teacher_id and r.org_id = g.school_id
                  and (r.kind = 'teaches_at' or g.subject <> 'teacher' and r.kind in ('works_at', 'leads'))
                  and not r.archived
                  and (r.begin_date is null or r.begin_date <= g.day + 1)
                  and (r.end_date is null or r.end_date >= g.day - 1))
          or g.subject <> 'teacher' and {HOLDS} as teaches,
        g.framework_version_id is null or v.published_at is not null as published,
        coalesce(v.retired_at <= g.moment, false) as retired,
        n.day is null or coalesce(n.version_id = g.framework_version_id, false) as enabled, n.day as local_day,
        n.version_id as in_force,
        coalesce((select version from observations.observation_policies where district_id = $1), 0) as policy
    from (select *, (g.moment at time zone 'UTC')::date as day
          from (select *, coalesce(observed_at, scheduled_at, $2) as moment from given g) g) g
    left join observations.framework_versions v on v.district_id = $1 and v.id = g.framework_version_id
    left join lateral ({IN_FORCE}) n on true"""
_CHANGES = f"""
    given as materialized (%s), facts as materialized ({_FACTS}),
    inserted as (
        insert into observations.observations (district_id, version, created_at, updated_at, {_NAMES})
        select $1, 1, $2, $2, {_CAST} from given g join facts f on f.id = g.id
        where f.teaches and f.published and not f.retired and f.enabled and f.policy = g.policy_version
        on conflict (district_id, id) do nothing returning id)"""
_FOUND = "select f.*, i.id is not null as inserted from facts f left join inserted i on i.id = f.id"
# Rows of many columns go as JSON: arrays, one for each column, cost asyncpg six times as much as writing that, and
# PostgreSQL plans an unnest of arrays anew each time, since it looks at their length.
_INSERT = f"with {_CHANGES % _MANY} {_FOUND}"
_RECORD = with_books(_CHANGES % _ONE, _FOUND, schema="observations", after=2 + len(COLUMNS), only_if="inserted")
_LOOK_UP = f"""
    with given as (select $3::uuid as id, $4::uuid as teacher_id, $5::uuid as school_id,
                          $6::uuid as framework_version_id, $7::timestamptz as observed_at,
                          $8::timestamptz as scheduled_at, $9::text as subject)
    {_FACTS}"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of others than the observation itself."""

    teaches: bool
    published: bool
    retired: bool
    policy: int
    enabled: bool
    local_day: date | None  # at the school, where the district says what is enabled
    in_force: UUID | None  # the version of the same framework that is enabled there then
    inserted: bool = False

    @classmethod
    def of(cls, found: Any) -> Self:
        return cls(**{name: found[name] for name in cls.__slots__ if name in found.keys()})  # noqa: SIM118 - a record

    def refusal(self, row: Observation | None = None) -> AppError | None:
        """Say why it was not recorded; for a new row also that the policy which it was made under has moved on."""
        if not self.teaches:
            return TeachesElsewhere()
        if not self.published:
            return Invalid(errors=[_no_version()])
        if self.retired:
            return FrameworkVersionRetired()
        if not self.enabled:
            return FrameworkVersionNotEnabled(_not_enabled(self), day=self.local_day, enabled=self.in_force)
        return PolicyMoved() if row is not None and row.policy_version != self.policy else None


@dataclass(frozen=True, slots=True)
class Draft:
    """An observation that may be recorded as far as it can be said without asking the database."""

    row: Observation
    body: ObservationWrite
    last: Move | None

    @property
    def kind(self) -> str:
        return "observation." + (PAST[self.last] if self.last else "scheduled")


async def draft_of(unit: Unit, policy: Policy, body: ObservationWrite, observation_id: UUID) -> Draft:
    """Hold a new observation against the rules and make its row, with JSON where PostgreSQL will have JSON."""
    observer_id = observer_of(await judged_on(unit, body.observed_at), body)
    content.check_shape(body)
    said = policy.for_type(body.type)
    before = Progress(
        State.SCHEDULED,
        completion=said.completion,
        needs_pre_conference=said.pre_conference,
        needs_post_conference=said.post_conference,
        owes_feedback=rules.owes_feedback(body.purpose, body.type, body.rating_kind),
    )
    played = timeline.play(unit, body, before, unread_for=policy.read_within)
    # Only read from here on; an instance of the table's class would cost more to make than everything else here.
    row = SimpleNamespace(
        id=observation_id, version=1, created_at=unit.now, updated_at=unit.now, archived_at=None,
        observer_id=observer_id, reason=None, source="backfill" if played.backfilled else "live",
        feedback_due_at=due_at(policy, played.progress, body.school_id), blind=False, policy_version=policy.version,
        completion=said.completion.value, needs_pre_conference=said.pre_conference,
        needs_post_conference=said.post_conference, unlock_asked_by=None, unlock_asked_at=None, follow_up=None,
        class_snapshot=None,
        conferences=None, **columns_of(body, played.progress),
    )  # fmt: skip
    return Draft(cast("Observation", row), body, played.last)


def columns_of(body: ObservationWrite, progress: Progress) -> dict[str, Any]:
    """Give the columns that a body and its moves fill, the JSON ones as ready bytes."""
    return {
        "purpose": body.purpose.value, "type": body.type.value, "subject": body.subject.value,
        "lane": rules.lane_of(body.purpose, body.lane).value, "visit_id": body.visit_id,
        "rating_kind": body.rating_kind.value, "state": progress.state.value,
        "framework_version_id": body.framework_version_id, "teacher_id": body.teacher_id, "school_id": body.school_id,
        "class_id": body.class_id, "announced": body.announced, "scheduled_at": body.scheduled_at,
        "scheduled_end_at": body.scheduled_end_at, "ended_at": progress.ended_at,
        **{name: getattr(progress, name) for name in timeline.TIMES},
        "script": orjson.Fragment(_SCRIPT.dump_json(body.script)),
        "scores": orjson.Fragment(_SCORES.dump_json(body.scores)),
        "look_fors": orjson.Fragment(_LOOK_FORS.dump_json(body.look_fors)),
        "feedback": orjson.Fragment(_FEEDBACK.dump_json(body.feedback)) if body.feedback else None,
        "response": body.response, "response_kind": "answer" if body.response is not None else None,
    }  # fmt: skip


async def check_visit(unit: Unit, draft: Draft) -> None:
    """Hold a rating against the visit that it names, and note whether its observers are still blind to each other."""
    if draft.body.visit_id is None:
        return
    visit = await planned(unit.connection, unit.district_id, draft.body.visit_id)
    if faults := list(faults_of(draft.body, draft.row.observer_id, visit)):
        raise Invalid(errors=faults)
    rates = draft.body.rating_kind is rules.RatingKind.LIVE and draft.body.type is not rules.ObservationType.SELF
    if rates and await rates_already(unit.connection, unit.district_id, draft.row):
        raise RatesAlready
    draft.row.blind = rates and visit is not None and not visit.is_open


async def check_instrument(unit: Unit, body: ObservationWrite) -> None:
    """Hold scores, marks and codes against the published version that they name."""
    if body.framework_version_id is None or not content.uses_instrument(body):
        return
    instrument = await instrument_of(unit.connection, unit.district_id, body.framework_version_id)
    if instrument is None:
        raise Invalid(errors=[_no_version()])
    content.check_instrument(body, instrument)


async def record(unit: Unit, draft: Draft) -> Facts:
    """Insert one new observation for which the facts hold, with its event and its audit row, in one trip."""
    given = [unit.district_id, unit.now, *(_plain(draft.row, name) for name in COLUMNS)]
    (found,) = await unit.tell_with(_RECORD, given, _event_of(draft))
    return Facts.of(found)


async def insert(
    connection: Connection, district_id: UUID, now: datetime, rows: Sequence[Observation]
) -> dict[UUID, Facts]:
    """Insert the rows for which the facts hold and whose id is new; give the facts of each. Ids must differ."""
    said = orjson.dumps([vars(row) for row in rows], default=plain)  # with members that PostgreSQL is not asked for
    found = await connection.fetch(_INSERT, district_id, now, said.decode())
    return {f["id"]: Facts.of(f) for f in found}


async def look_up(unit: Unit, row: Observation, changes: Mapping[str, Any]) -> Facts:
    """Give the facts of an observation as it would be after the changes."""
    names = ("id", "teacher_id", "school_id", "framework_version_id", "observed_at", "scheduled_at", "subject")
    after = [changes.get(name, getattr(row, name)) for name in names]
    found = await unit.connection.fetchrow(_LOOK_UP, unit.district_id, unit.now, *after)
    if found is None:
        raise LookupError("a select without a condition gave no row")
    return Facts.of(found)


def announce_new(unit: Unit, draft: Draft) -> None:
    emit(unit, _event_of(draft))


def _event_of(draft: Draft) -> Event:
    next_steps = len(draft.body.feedback.next_steps) if draft.body.feedback else 0
    changed = tuple(name for name in COLUMNS if getattr(draft.row, name) is not None)
    state = dict(state_of(draft.row, next_steps))
    return Event(type=draft.kind, entity="observations", id=draft.row.id, data=state, changed=changed)


def _plain(row: Observation, name: str) -> Any:
    value = getattr(row, name)
    return orjson.dumps(value).decode() if isinstance(value, orjson.Fragment) else value


def _not_enabled(facts: Facts) -> str:
    other = "another version" if facts.in_force else "no version"
    return f"on {facts.local_day} {other} of this framework is enabled at that school for whom is observed"


def _no_version() -> FieldError:
    return FieldError("#/framework_version_id", "unknown", "is no published framework version of this district")
