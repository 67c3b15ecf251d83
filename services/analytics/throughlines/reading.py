"""From a line to its document. Numbers of too few people are null here, whoever asks."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

from services.analytics.data_use.rules import Use
from services.analytics.data_use.service import use_of
from services.analytics.facts.zones import zone_name
from services.analytics.measures.application.reading import practices, row_of, windows_of
from services.analytics.measures.application.schemas import CAUTION
from services.analytics.measures.application.service import Terms
from services.analytics.measures.catalogue import DOSE
from services.analytics.measures.clustered import Tally, clustered_rate, pooled
from services.analytics.measures.disclosure import disclosable
from services.analytics.measures.dose.rules import dose_summary
from services.analytics.measures.schemas import ValueRead
from services.analytics.measures.statistics import suppress_below
from services.analytics.settings import AnalyticsSettings, zone_of
from services.analytics.throughlines import rules, schemas
from services.analytics.throughlines.queries import Action, Answered, Goal, Walk
from services.analytics.throughlines.schemas import ThroughlineRead
from services.analytics.throughlines.service import (
    MOST,
    Taught,
    Throughline,
    line_of,
    people_of,
    throughline,
)
from shared.access.purposes import DataUse
from shared.units import Unit

THROUGHLINE = "throughline.v1"
WINDOW_DAYS = 365
BEGUN = frozenset({"active", "paused", "completed", "withdrawn"})


async def answer(unit: Unit, settings: AnalyticsSettings, goal_id: UUID, purpose: DataUse | None) -> ThroughlineRead:
    use = await use_of(unit, settings, "throughline", purpose)
    zone = await zone_name(unit.connection, unit.district_id, settings, unit.now)
    found = await throughline(unit, goal_id, Terms(unit.now, use.n_min, WINDOW_DAYS, zone))
    return read(found, use, today=unit.now.astimezone(zone_of(zone)).date())


def read(found: Throughline, use: Use, *, today: date) -> ThroughlineRead:
    terms = found.terms
    left_out = _left_out(found)
    owners = people_of([one.owner_id for one in found.individual])
    return ThroughlineRead(
        purpose=use.purpose,
        policy_version=use.policy_version,
        goal=goal_line(found.goal),
        above=schemas.ThroughlineAbove(
            goals=[goal_line(one) for one in found.above],
            vision=schemas.ThroughlineVision(id=found.vision[0], statement=found.vision[1]) if found.vision else None,
        ),
        below=schemas.ThroughlineBelow(
            goals=[goal_line(one) for one in found.below[:MOST]],
            individual_goals=_shown(len(found.individual), owners, terms),
        ),
        actions=[_action(one, today) for one in found.actions[:MOST]],
        professional_learning=[_learning(one, terms) for one in found.taught],
        walks=[_walk(one) for one in found.walks[:MOST]],
        coaching=_coaching(found),
        feedback=_feedback(found),
        orgs=_orgs(found, today),
        missing=[schemas.ThroughlineGap.model_validate(gap) for gap in rules.missing(line_of(found), today=today)],
        left_out=left_out,
        method_version=THROUGHLINE,
        as_of=terms.as_of,
        n_min=terms.n_min,
        caution=CAUTION,
    )


def goal_line(goal: Goal) -> schemas.ThroughlineGoal:
    return schemas.ThroughlineGoal.model_validate(goal)


def _left_out(found: Throughline) -> dict[str, int]:
    beyond = {
        "goals": len(found.below[MOST:]),
        "actions": len(found.actions[MOST:]),
        "professional_learning": len(found.learning) - len(found.taught),
        "walks": len(found.walks[MOST:]),
    }
    return {name: count + found.out_of_sight[name] for name, count in beyond.items()}


def _shown(count: int, people: int, terms: Terms) -> int | None:
    return count if people == 0 or people >= terms.n_min else None


def _is_late(action: Action, today: date) -> bool:
    return rules.ActionLine(action.id, action.title, action.state, action.due_date).is_late(today)


def _action(action: Action, today: date) -> schemas.ThroughlineAction:
    return schemas.ThroughlineAction.model_validate(asdict(action) | {"is_late": _is_late(action, today)})


def _learning(one: Taught, terms: Terms) -> schemas.ThroughlineLearning:
    learning, found = one.learning, one.found
    return schemas.ThroughlineLearning(
        id=learning.id,
        title=learning.title,
        format=learning.format,
        state=learning.state,
        org_id=learning.org_id,
        goal_id=learning.goal_id,
        plan_action_id=learning.plan_action_id,
        target_practices=practices(found, one.titles),
        sessions=schemas.ThroughlineSessions.model_validate(learning),
        attendance=_attendance(one, terms),
        application=schemas.ThroughlineApplication(
            windows=windows_of(found.windows),
            design=found.design,
            comparison=ValueRead.model_validate(found.comparison) if found.comparison else None,
            lag_days=ValueRead.model_validate(found.lag_days),
            rows=[row_of(row, one.schools, one.titles) for row in found.rows],
            schools=[row_of(row, one.schools, one.titles) for row in found.parts],
        ),
    )


def _attendance(one: Taught, terms: Terms) -> schemas.ThroughlineAttendance:
    learning = one.learning
    is_credit_shown = learning.credited == 0 or learning.credited >= terms.n_min
    return schemas.ThroughlineAttendance(
        people=_shown(learning.people, learning.people, terms),
        minutes=_shown(learning.minutes, learning.people, terms),
        credited=_shown(learning.credited, learning.credited, terms),
        credit_hours=learning.credit_hours if is_credit_shown else None,
    )


def _walk(walk: Walk) -> schemas.ThroughlineWalk:
    informed = [
        schemas.ThroughlineInformed(kind=kind, id=None if kind == "coaching_cycle" else target)
        for kind, target in zip(walk.kinds, walk.targets, strict=True)
    ]
    return schemas.ThroughlineWalk.model_validate(
        asdict(walk) | {"stops": walk.stops if walk.shared_at else None, "informed": informed}
    )


def _coaching(found: Throughline) -> schemas.ThroughlineCoaching:
    """The dose of the cycles that began; beside them how many are still asked for."""
    terms = found.terms
    waiting = [one.cycle for one in found.cycles if one.cycle.state not in BEGUN]
    begun = [one.cycle for one in found.cycles if one.cycle.state in BEGUN]
    summary = asdict(dose_summary(begun, as_of=terms.as_of, n_min=terms.n_min))
    asked = _shown(len(waiting), people_of([cycle.coachee_id for cycle in waiting]), terms)
    return schemas.ThroughlineCoaching(
        counts={"requested": asked} | {name: summary[name] for name in DOSE.counts},
        values={value.name: ValueRead.model_validate(summary[value.name]) for value in DOSE.values},
    )


def _feedback(found: Throughline) -> schemas.ThroughlineFeedback:
    terms = found.terms
    people = people_of([one.teacher_id for one in found.feedback])
    counts = {
        "observations": len(found.feedback),
        "shared": sum(one.is_shared for one in found.feedback),
        "read": sum(one.is_read for one in found.feedback),
        "responded": sum(one.is_responded for one in found.feedback),
    }
    shared = [one for one in found.feedback if one.is_shared]
    return schemas.ThroughlineFeedback(
        counts={name: _shown(count, people, terms) for name, count in counts.items()},
        values={
            "shared_rate": _share(((one, one.is_shared) for one in found.feedback), terms),
            "read_rate": _share(((one, one.is_read) for one in shared), terms),
            "response_rate": _share(((one, one.is_responded) for one in shared), terms),
        },
    )


def _share(items: Iterable[tuple[Answered, bool]], terms: Terms) -> ValueRead:
    by_teacher: Mapping[Hashable, Tally] = pooled({one.teacher_id: Tally(is_hit, 1)} for one, is_hit in items)
    rate = suppress_below(clustered_rate(by_teacher, as_of=terms.as_of), terms.n_min, len(by_teacher))
    return ValueRead.model_validate(rate)


def _orgs(found: Throughline, today: date) -> list[schemas.ThroughlineOrg]:
    """What each school does, so that a district sees where the line breaks off."""
    names = {found.goal.org_id: found.goal.org_name} | {school.id: school.name for school in found.schools}
    coached: dict[Hashable, set[Hashable]] = {org_id: set() for org_id in names}
    for one in found.cycles:
        coached.setdefault(one.org_id, set()).add(one.cycle.coachee_id)
    # The total stands beside them, so a school's cycles must not be what is left of it.
    shown = disclosable(coached, found.terms.n_min, within=set(names))
    return [_org(found, org_id, name, today, shows_cycles=org_id in shown) for org_id, name in names.items()]


def _org(
    found: Throughline, org_id: UUID, name: str | None, today: date, *, shows_cycles: bool
) -> schemas.ThroughlineOrg:
    actions = [one for one in found.actions if one.org_id == org_id]
    learning = [one for one in found.learning if one.org_id == org_id]
    cycles = [one for one in found.cycles if one.org_id == org_id]
    return schemas.ThroughlineOrg(
        org_id=org_id,
        org_name=name,
        goals=sum(one.org_id == org_id for one in (found.goal, *found.below)),
        actions=len(actions),
        actions_done=sum(one.state == "done" for one in actions),
        actions_late=sum(_is_late(one, today) for one in actions),
        activities=len(learning),
        sessions_delivered=sum(one.delivered for one in learning),
        walks=sum(one.school_id == org_id for one in found.walks),
        cycles=len(cycles) if shows_cycles else None,
    )
