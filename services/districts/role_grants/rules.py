"""Roles of leadership in the field's words, what each one allows, and the moves of a grant. No I/O."""

from datetime import date
from enum import StrEnum

DEPARTMENT = "department"


class Kind(StrEnum):
    """Formal: an appointment, mostly for long. Informal: taken up among colleagues, mostly for a while."""

    FORMAL = "formal"
    INFORMAL = "informal"


class LeaderRole(StrEnum):
    """Of schools and the district; then of teams and departments; then among colleagues."""

    DISTRICT_LEADER = "district_leader"
    NETWORK_LEADER = "network_leader"
    SCHOOL_LEADER = "school_leader"
    ASSISTANT_PRINCIPAL = "assistant_principal"
    DEPARTMENT_CHAIR = "department_chair"
    GRADE_LEVEL_CHAIR = "grade_level_chair"
    TEAM_LEAD = "team_lead"
    LEAD_TEACHER = "lead_teacher"
    CURRICULUM_LEAD = "curriculum_lead"
    INSTRUCTIONAL_COACH = "instructional_coach"
    MENTOR_TEACHER = "mentor_teacher"
    FACILITATOR = "facilitator"
    ILT_CHAIR = "ilt_chair"
    ILT_MEMBER = "ilt_member"
    COMMITTEE_CHAIR = "committee_chair"


class State(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"


# Who holds one of these formally leads the organisation that it names, and all below it.
LEADS = frozenset(
    {LeaderRole.DISTRICT_LEADER, LeaderRole.NETWORK_LEADER, LeaderRole.SCHOOL_LEADER, LeaderRole.ASSISTANT_PRINCIPAL}
)
# And this one where the organisation is a department: a chair of the science department does not lead the school.
LEADS_DEPARTMENT = LeaderRole.DEPARTMENT_CHAIR

_NEXT = {State.PROPOSED: State.ACTIVE, State.ACTIVE: State.ENDED}
_VERBS = {State.PROPOSED: ["activate", "archive"], State.ACTIVE: ["end", "archive"], State.ENDED: ["archive"]}


def verbs_from(state: str) -> list[str]:
    return _VERBS[State(state)]


def may_become(state: str, other: str) -> bool:
    """Say whether a grant may stay or move so: never back, and none is skipped."""
    return state == other or _NEXT.get(State(state)) == other


def state_on(state: str, end_date: date | None, day: date) -> State:
    """Say what it is on a day: one whose term is over has ended."""
    return State.ENDED if state == State.ACTIVE and end_date is not None and end_date < day else State(state)


def holds_on(state: str, begin_date: date, end_date: date | None, day: date) -> bool:
    return begin_date <= day and state_on(state, end_date, day) == State.ACTIVE


def gives(kind: str, role: str, org_type: str) -> list[str]:
    """Say which relationships to its organisation a grant gives. An informal one gives none: it is no appointment."""
    leads = role in LEADS or (role == LEADS_DEPARTMENT and org_type == DEPARTMENT)
    return ["leads"] if kind == Kind.FORMAL and leads else []
