"""The firewall, of the policy itself: whoever is somebody's evaluator has no way to what is for growth, and who helps
her grow has none to her evaluation. Of every noun there is, so that a new one cannot forget it."""

from uuid import UUID, uuid4

import pytest

from shared.access import policies
from shared.access.policies import EVALUATES, GROWTH, OBSERVATIONS, POLICIES, UNEXPLAINED
from shared.access.policy import Action, Is, Policy, Supports, Way, may
from shared.access.principals import ActingPerson, Principal
from shared.access.purposes import Purpose

EVERY = POLICIES | UNEXPLAINED
READING = (Action.SEE, Action.READ)
# What an evaluation came to, and nothing else: its purpose needs no column.
OF_EVALUATIONS = {"prior-ratings"}


def ways_by(policy: Policy, kinds: tuple[str, ...]) -> list[Way]:
    """Give the reading ways that supporting somebody in one of these kinds opens."""
    ways = (*policy.see, *(policy.read or ()))
    return [w for w in ways if any(isinstance(c, Supports) and set(c.kinds) & set(kinds) for c in w.conditions)]


def is_only_for(way: Way, purpose: Purpose) -> bool:
    return any(isinstance(c, Is) and c.column == "purpose" and c.values == (purpose.value,) for c in way.conditions)


def test_no_policy_is_left_out() -> None:
    assert {one.kind: one for one in vars(policies).values() if isinstance(one, Policy)} == EVERY
    assert not POLICIES.keys() & UNEXPLAINED.keys()


@pytest.mark.parametrize("kind", sorted(set(EVERY) - OF_EVALUATIONS))
def test_to_evaluate_somebody_opens_evaluations_and_nothing_else(kind: str) -> None:
    assert all(is_only_for(way, Purpose.EVALUATION) for way in ways_by(EVERY[kind], EVALUATES))


@pytest.mark.parametrize("kind", sorted(EVERY))
def test_to_help_somebody_grow_opens_no_evaluation(kind: str) -> None:
    opened = ways_by(EVERY[kind], GROWTH)
    assert not [way.name for way in opened if kind in OF_EVALUATIONS or is_only_for(way, Purpose.EVALUATION)]


@pytest.mark.parametrize("action", READING)
@pytest.mark.parametrize("purpose", Purpose)
def test_an_observation_is_read_by_those_of_its_purpose(purpose: Purpose, action: Action) -> None:
    """Her evaluator, her coach and the lead teacher of the school, none of whom observed."""
    teacher, school, district = uuid4(), uuid4(), uuid4()
    row = {
        "teacher_id": teacher, "observer_id": uuid4(), "school_id": school, "purpose": purpose.value, "type": "formal",
        "shared_at": "then", "submitted_at": "then", "blind": False,
    }  # fmt: skip

    def is_open_to(**held: frozenset[UUID] | frozenset[tuple[str, UUID]]) -> bool:
        who = Principal(district, "", person=ActingPerson(uuid4(), **held))  # type: ignore[arg-type]
        return may(OBSERVATIONS, who, action, row)

    is_evaluation = purpose is Purpose.EVALUATION
    assert is_open_to(supported=frozenset({("evaluates", teacher)})) == is_evaluation
    for kind in GROWTH:
        assert not is_open_to(supported=frozenset({(kind, teacher)}))
    lead_sees = action is Action.SEE and purpose in {Purpose.WALK, Purpose.COACHING}
    assert is_open_to(led_orgs=frozenset({school})) == lead_sees
    both = {"led_orgs": frozenset({school}), "administered_orgs": frozenset({school})}
    assert is_open_to(**both) == (is_evaluation or lead_sees)
