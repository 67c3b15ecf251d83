"""Whose every noun is: the whole of what anybody may see, in the words of policy.py. docs/access.md is its table.

Nothing of growth is a way into an evaluation: who only evaluates somebody sees neither their goals nor their coaching.
Coaching is read by the pair alone; others with reason see that it happened. An evaluation is seen by the one who makes
it, by its teacher, by whoever evaluates that teacher, and by the administrative leaders of the school; a school leader
who is not one (a coach, a lead teacher) does not even see that there is one.
"""

from shared.access.policy import (
    ANYBODY,
    NOBODY,
    Action,
    Administers,
    BelongsTo,
    Given,
    HasScope,
    Is,
    Leads,
    LeadsStaff,
    Mine,
    MineAmong,
    Not,
    Policy,
    Supports,
    Ways,
    Within,
    way,
)
from shared.access.purposes import Purpose

READS_EVALUATIONS = "observations.read:evaluation"
EXPORTS_ANYBODY = "personal_data.export"
GROWTH = ("coaches", "mentors", "supervises")
EVALUATES = ("evaluates",)

# observations
_TEACHER = Mine("teacher_id")
_OBSERVER = Mine("observer_id")
_EVALUATION = Is("purpose", (Purpose.EVALUATION.value,))
_SHARED = Given("shared_at")
_SUBMITTED = Given("submitted_at")
_OPEN = Is("blind", (False,))  # no other observer of the same visit has still to rate it
_SELF = Is("type", ("self",))
_ANOTHER = (Not(_SELF), Not(_TEACHER))
_GROWING = (*_ANOTHER, Not(_EVALUATION))
_READ_BY_OTHERS: Ways = (
    way("teacher", _TEACHER, _SHARED),
    way("administrative leader", Administers("school_id"), _EVALUATION, _SUBMITTED, _OPEN),
    way("evaluator", Supports("teacher_id", EVALUATES), _EVALUATION, _SUBMITTED, _OPEN),
)
_READ_BY_MACHINES: Ways = (
    way("purpose", Is("purpose", (Purpose.WALK.value, Purpose.RESEARCH.value))),
    way("scope", _EVALUATION, HasScope(READS_EVALUATIONS), _SUBMITTED),
)
OBSERVATIONS = Policy(
    "observations",
    ("observations.read",),
    see=(
        way("observer", _OBSERVER),
        way("teacher", _TEACHER),
        way("leader", Leads("school_id"), Is("purpose", (Purpose.WALK.value, Purpose.COACHING.value))),
        way("administrative leader", Administers("school_id"), _EVALUATION),
        way("evaluator", Supports("teacher_id", EVALUATES), _EVALUATION),
    ),
    read=(way("observer", _OBSERVER), *_READ_BY_OTHERS),
    record=(
        way("self", _SELF, _TEACHER),
        way("administrative leader", *_ANOTHER, Administers("school_id")),
        way("evaluator", *_ANOTHER, Supports("teacher_id", EVALUATES)),
        way("leader", *_GROWING, Leads("school_id")),
        way("supporter", *_GROWING, Supports("teacher_id", GROWTH)),
        way("peer", *_GROWING, Is("type", ("peer",)), BelongsTo("school_id")),
    ),
    change=(way("observer", _OBSERVER),),
    machine_reads=_READ_BY_MACHINES,
)
OBSERVATION_POLICY = Policy("observation-policy", ("frameworks.read",), see=ANYBODY)
_WITH_OBSERVATION: Ways = (
    way("reader of the observation", Within("observation_id", "observation", OBSERVATIONS, Action.READ)),
)
_AUTHOR = way("author", Mine("author_id"))
_TOLD = tuple(one.and_also(Is("visibility", ("shared",))) for one in _WITH_OBSERVATION)
EVIDENCE_ITEMS = Policy("evidence-items", ("observations.read",), see=(_AUTHOR, *_TOLD), machine_sees=_TOLD)
EVIDENCE_PACKAGES = Policy(
    "evidence-packages", ("observations.read",), see=_WITH_OBSERVATION, machine_sees=_WITH_OBSERVATION
)
OBSERVATION_ATTACHMENTS = Policy(
    "observation-attachments",
    ("observations.read",),
    see=(_AUTHOR, *_WITH_OBSERVATION),
    machine_sees=_WITH_OBSERVATION,
)
# A conflict holds drafts, which are whose upload it was.
OBSERVATION_CONFLICTS = Policy(
    "observation-conflicts",
    ("observations.read",),
    see=(way("observer", Mine("person_id")),),
    machine_sees=_WITH_OBSERVATION,
)
# That a visit is planned is seen as the observations that are to come of it are, and planned by who may record these.
_PLANNED_BY_OTHERS: Ways = (
    way("leader", Leads("school_id"), Is("purpose", (Purpose.WALK.value, Purpose.COACHING.value))),
    way("administrative leader", Administers("school_id"), _EVALUATION),
    way("evaluator", Supports("teacher_id", EVALUATES), _EVALUATION),
)
VISITS = Policy(
    "visits",
    ("observations.read",),
    see=(way("observer", MineAmong("observer_ids")), way("teacher", _TEACHER), *_PLANNED_BY_OTHERS),
    record=(
        way("administrative leader", Administers("school_id")),
        way("evaluator", Supports("teacher_id", EVALUATES)),
        way("leader", Leads("school_id"), Not(_EVALUATION)),
        way("supporter", Supports("teacher_id", GROWTH), Not(_EVALUATION)),
    ),
)
# Whoever reads a balance twice learns what came in between, so it is told to those who see visits of both lanes anyway:
# to others a coach or a lead teacher would tell when somebody is evaluated, and an evaluator when she is coached.
LANE_BALANCES = Policy(
    "lane-balances",
    ("observations.read",),
    see=(way("teacher", _TEACHER), way("administrative leader", Administers("school_id"))),
)
EXPECTATION_POLICIES = Policy("expectation-policies", ("frameworks.read",), see=ANYBODY)
# What is expected is seen as what is observed: by its purpose.
EXPECTATIONS = Policy(
    "expectations",
    ("observations.read",),
    see=(
        way("teacher", _TEACHER),
        way("administrative leader", Administers("school_id"), _EVALUATION),
        way("evaluator", Supports("teacher_id", EVALUATES), _EVALUATION),
        way("leader", Leads("school_id"), Not(_EVALUATION)),
        way("supporter", Supports("teacher_id", GROWTH), Not(_EVALUATION)),
    ),
    machine_sees=(way("purpose", Not(_EVALUATION)), way("scope", _EVALUATION, HasScope(READS_EVALUATIONS))),
)
# To whom a leave is told is told of the days at work behind an expectation, too: not where she was, but where she is.
LEAVES_OF_TEACHERS = Policy(
    "leaves-of-teachers",
    ("observations.read",),
    see=(
        way("teacher", _TEACHER),
        way("administrative leader", LeadsStaff("teacher_id", "administered_orgs", "administers")),
    ),
    machine_sees=(way("scope", HasScope("leaves.read")),),
)
FEEDBACK_TARGETS = Policy(
    "feedback-targets",
    ("observations.read",),
    see=(
        way("teacher", _TEACHER),
        way("supporter", Supports("teacher_id", GROWTH)),
        way("leader", Leads("school_id")),
    ),
)
# Whoever only evaluates her reads it where it counts: in what is expected of her evaluation.
PRIOR_RATINGS = Policy(
    "prior-ratings",
    ("observations.read",),
    see=(
        way("teacher", _TEACHER),
        way("administrative leader", Administers("school_id")),
    ),
    machine_sees=(way("scope", HasScope(READS_EVALUATIONS)),),
)
_WRITTEN = Given("feedback")
FEEDBACK = Policy(
    "feedback",
    ("observations.read",),
    see=(way("observer", _OBSERVER, _WRITTEN), *(one.and_also(_WRITTEN, _SHARED) for one in _READ_BY_OTHERS)),
    machine_sees=tuple(one.and_also(_WRITTEN, _SHARED) for one in _READ_BY_MACHINES),
)
_TEAM = way("team", MineAmong("team_ids"))
WALKS = Policy(
    "learning-walks",
    ("walks.read",),
    see=(
        _TEAM,
        way("leader", Leads("school_id")),
        way("staff of the school", Is("state", ("shared",)), BelongsTo("school_id")),
    ),
    read=(_TEAM,),  # a stop by itself: two of them and a timetable would name a teacher
)
STOPS = Policy("walk-stops", ("walks.read",), see=(way("team", Within("walk_id", "walk", WALKS, Action.READ)),))
_FROM_WALK = Is("source_kind", ("learning_walk", "pattern"))
_FROM_OBSERVATION = Is("source_kind", ("observation",))
_TO_COACHING = Is("target_kind", ("coaching_cycle",))
_MAKERS: Ways = (
    way("team", _FROM_WALK, Within("walk_id", "walk", WALKS, Action.READ)),
    way("reader of the observation", _FROM_OBSERVATION, Within("source_id", "observation", OBSERVATIONS, Action.READ)),
)
# Which cycle a walk led to would name a teacher to those who were not there.
EVIDENCE_LINKS = Policy(
    "evidence-links",
    ("walks.read",),
    see=(
        *_MAKERS,
        way("sees the walk", _FROM_WALK, Not(_TO_COACHING), Within("walk_id", "walk", WALKS)),
        way("sees the observation", _FROM_OBSERVATION, Within("source_id", "observation", OBSERVATIONS)),
    ),
    read=_MAKERS,
    machine_reads=_MAKERS,
)
FRAMEWORKS = Policy("frameworks", ("frameworks.read",), see=ANYBODY)
FRAMEWORK_VERSIONS = Policy("framework-versions", ("frameworks.read",), see=ANYBODY)
FRAMEWORK_ENABLEMENTS = Policy("framework-enablements", ("frameworks.read",), see=ANYBODY)
CROSSWALKS = Policy("crosswalks", ("frameworks.read",), see=ANYBODY)
AGREEMENTS = Policy(
    "agreements",
    ("frameworks.read",),
    see=(
        way("staff", Not(Is("state", ("draft",)))),
        way("leader", Leads("org_id")),
        way("staff of the school", BelongsTo("org_id")),
    ),
)
ACKNOWLEDGEMENTS = Policy("acknowledgements", ("acknowledgements.read",), see=(way("owner", Mine("person_id")),))

# coaching
_PAIR: Ways = (way("coach", Mine("coach_id")), way("coachee", Mine("coachee_id")))
CYCLES = Policy(
    "coaching-cycles",
    ("coaching.read",),
    see=(*_PAIR, way("leader", Leads("org_id"))),
    read=_PAIR,
    machine_reads=NOBODY,
)
SESSIONS = Policy(
    "coaching-sessions",
    ("coaching.read",),
    see=(way("sees the cycle", Within("cycle_id", "cycle", CYCLES)),),
    read=(way("pair", Within("cycle_id", "cycle", CYCLES, Action.READ)),),
    machine_reads=NOBODY,
)
STEPS = Policy(
    "action-steps",
    ("coaching.read",),
    see=(way("pair", Within("cycle_id", "cycle", CYCLES, Action.READ)),),
    machine_sees=NOBODY,
)
CYCLE_MODELS = Policy("cycle-models", ("coaching.read",), see=ANYBODY)
_OF_SCHOOL = Is("level", ("school",))
_OF_ONE = Is("level", ("individual",))
GOALS = Policy(
    "goals",
    ("goals.read",),
    see=(
        way("staff", Is("level", ("district",))),
        way("staff of the school", _OF_SCHOOL, BelongsTo("org_id")),
        way("leader", _OF_SCHOOL, Leads("org_id")),
        way("owner", _OF_ONE, Mine("owner_id")),
        way("supporter", _OF_ONE, Supports("owner_id", GROWTH)),
        way("leader of the owner", _OF_ONE, LeadsStaff("owner_id")),
    ),
)
VISIONS = Policy("visions", ("goals.read",), see=ANYBODY)
WORK_PLANS = Policy("work-plans", ("goals.read",), see=ANYBODY)
PLAN_ACTIONS = Policy("plan-actions", ("goals.read",), see=ANYBODY)
PL_ACTIVITIES = Policy("pl-activities", ("pl.read",), see=ANYBODY)
PL_SESSIONS = Policy("pl-sessions", ("pl.read",), see=ANYBODY)
CREDITS = Policy("credits", ("pl.read",), see=(way("owner", Mine("person_id")), way("leader", LeadsStaff("person_id"))))

# districts
ORGS = Policy("orgs", ("roster.read",), see=ANYBODY)
TERMS = Policy("terms", ("roster.read",), see=ANYBODY)
COURSES = Policy("courses", ("roster.read",), see=ANYBODY)
CLASSES = Policy("classes", ("roster.read",), see=ANYBODY)
_STAFF: Ways = (way("staff", Is("is_staff", (True,))),)
PEOPLE = Policy("people", ("roster.read",), see=_STAFF, machine_sees=_STAFF)
_STAFF_SEATS: Ways = (way("staff", Not(Is("role", ("student",))), Within("person_id", "person", PEOPLE)),)
ENROLLMENTS = Policy("enrollments", ("roster.read",), see=_STAFF_SEATS, machine_sees=_STAFF_SEATS)
RELATIONSHIPS = Policy(
    "relationships",
    ("roster.read",),
    see=(
        way("one of the two", Mine("person_id")),
        way("one of the two", Mine("target_person_id")),
        way("leader", Leads("org_id")),
    ),
)
STAFF_ASSIGNMENTS = Policy(
    "staff-assignments", ("staff.read",), see=(way("owner", Mine("person_id")), way("leader", Leads("org_id")))
)
ROLE_GRANTS = Policy(
    "role-grants", ("roster.read",), see=(way("owner", Mine("person_id")), way("leader", Leads("org_id")))
)
LEAVES = Policy(
    "leaves",
    ("leaves.read",),
    see=(
        way("owner", Mine("person_id")),
        way("administrative leader", LeadsStaff("person_id", "administered_orgs", "administers")),
    ),
)
SCHOOL_ATTRIBUTES = Policy("school-attributes", ("schools.read",), see=ANYBODY)
CALENDARS = Policy("calendars", ("schools.read",), see=ANYBODY)
CLIENTS = Policy("clients", ("clients.read",), see=NOBODY)
PARTNERS = Policy("partners", ("partners.read",), see=NOBODY)
DATA_SHARE_AGREEMENTS = Policy("data-share-agreements", ("partners.read",), see=NOBODY)
PERSON_MERGES = Policy("person-merges", ("roster.read",), see=NOBODY)
IDENTITY_PROVIDERS = Policy("identity-providers", ("identity_providers.read",), see=NOBODY)
WEBHOOKS = Policy("webhooks", ("webhooks.read",), see=NOBODY)
WEBHOOK_DELIVERIES = Policy("webhook-deliveries", ("webhooks.read",), see=NOBODY)
SCHEDULES = Policy("schedules", ("schedules.read",), see=NOBODY)
ROSTER_IMPORTS = Policy("roster-imports", ("roster.read",), see=NOBODY)
ROSTER_SOURCES = Policy("roster-sources", ("roster.read",), see=NOBODY)
ROSTER_PULLS = Policy("roster-pulls", ("roster.read",), see=NOBODY)
ROSTER_EXPORTS = Policy(
    "roster-exports", ("https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly",), see=NOBODY
)

DATA_EXPORTS = Policy(
    "data-exports",
    ("own_data.read", EXPORTS_ANYBODY),
    see=(way("owner", Mine("person_id")),),
    machine_sees=(way("scope", HasScope(EXPORTS_ANYBODY)),),
)
ERASURES = Policy("erasures", ("personal_data.read",), see=NOBODY)
LEGAL_HOLDS = Policy("legal-holds", ("personal_data.read",), see=NOBODY)

# analytics: nobody's rows, but numbers of an organisation
MEASURES = Policy("measures", ("measures.read",), see=(way("leader", Leads("org_id")),))

_OWNED = {
    "observations": (
        OBSERVATIONS, FEEDBACK, WALKS, STOPS, EVIDENCE_LINKS, FRAMEWORKS, FRAMEWORK_VERSIONS, FRAMEWORK_ENABLEMENTS,
        CROSSWALKS, AGREEMENTS, ACKNOWLEDGEMENTS,
        EXPECTATION_POLICIES, EXPECTATIONS, FEEDBACK_TARGETS, PRIOR_RATINGS,
        VISITS, EVIDENCE_ITEMS, EVIDENCE_PACKAGES, OBSERVATION_ATTACHMENTS, OBSERVATION_CONFLICTS,
    ),
    "coaching": (
        CYCLES, SESSIONS, STEPS, CYCLE_MODELS, GOALS, VISIONS, WORK_PLANS, PLAN_ACTIONS, PL_ACTIVITIES, PL_SESSIONS,
        CREDITS,
    ),
    "districts": (
        ORGS, TERMS, COURSES, CLASSES, PEOPLE, PERSON_MERGES, ROLE_GRANTS, ENROLLMENTS,
        RELATIONSHIPS, STAFF_ASSIGNMENTS, LEAVES,
        SCHOOL_ATTRIBUTES, CALENDARS, CLIENTS, PARTNERS, DATA_SHARE_AGREEMENTS, IDENTITY_PROVIDERS, WEBHOOKS,
        WEBHOOK_DELIVERIES, SCHEDULES, ROSTER_IMPORTS, ROSTER_SOURCES, ROSTER_PULLS, ROSTER_EXPORTS,
        DATA_EXPORTS, ERASURES, LEGAL_HOLDS,
    ),
}  # fmt: skip
# Nothing of these has an id of its own that could be explained: numbers, the one policy of a district, parts of a row.
UNEXPLAINED: dict[str, Policy] = {
    policy.kind: policy for policy in (OBSERVATION_POLICY, LANE_BALANCES, MEASURES, LEAVES_OF_TEACHERS)
}
POLICIES: dict[str, Policy] = {policy.kind: policy for owned in _OWNED.values() for policy in owned}
OWNERS: dict[str, str] = {policy.kind: owner for owner, owned in _OWNED.items() for policy in owned}
