"""Facts follow the feed: the newest state wins, whatever the order and however often it comes."""

import random
from datetime import UTC, datetime

import pytest

from shared.clock import new_id
from tests.analytics.telling import levels, marks, observed, tie

AT = datetime(2025, 10, 6, 14, tzinfo=UTC)
A, B, C = sorted(new_id() for _ in range(3))
FACTS = "select id, version, state, shared_at, archived from analytics.fact_observations order by id"
SCORES = "select indicator_id, level, word from analytics.fact_scores order by indicator_id"
LOOK_FORS = "select look_for_id, count, word from analytics.fact_look_fors order by look_for_id"


def later(before, **changed):
    return type(before).model_validate(before.model_dump() | {"version": before.version + 1} | changed)


async def test_a_fact_is_the_newest_state(told):
    first = observed(new_id(), new_id(), AT)
    shared = later(first, state="shared", shared_at=AT)
    voided = later(shared, state="voided", archived=True)
    await told.tell("observations", first, shared)
    assert await told.rows(FACTS) == [(first.id, 2, "shared", AT, False)]
    await told.tell("observations", voided)
    await told.tell("observations", first, shared)  # late, or a replay
    assert await told.rows(FACTS) == [(first.id, 3, "voided", AT, True)]


async def test_scores_and_look_fors_follow_their_observation(told):
    first = observed(
        new_id(), new_id(), AT, scores=levels((A, 3), (B, "not_observed")), look_fors=marks((A, "seen"), (B, 4))
    )
    await told.tell("observations", first)
    assert await told.rows(SCORES) == [(A, 3, None), (B, None, "not_observed")]
    assert await told.rows(LOOK_FORS) == [(A, None, "seen"), (B, 4, None)]
    corrected = later(first, scores=levels((B, 1), (C, 0)), look_fors=[])
    await told.tell("observations", corrected)
    await told.tell("observations", first)
    assert await told.rows(SCORES) == [(B, 1, None), (C, 0, None)]
    assert await told.rows(LOOK_FORS) == []


async def test_what_did_not_change_is_not_written_again(told):
    first = observed(new_id(), new_id(), AT, scores=levels((A, 3), (B, 2)))
    await told.tell("observations", first)
    before = await told.rows("select ctid::text, xmin::text from analytics.fact_scores order by 1")
    await told.tell("observations", later(first, state="shared", shared_at=AT))
    assert await told.rows("select ctid::text, xmin::text from analytics.fact_scores order by 1") == before


@pytest.mark.parametrize("seed", range(5))
async def test_every_order_and_any_repetition_ends_the_same(told, seed):
    chance = random.Random(seed)
    states = []
    for _ in range(12):
        state = observed(new_id(), new_id(), AT, scores=levels((A, chance.randint(0, 4))))
        for _ in range(chance.randint(1, 5)):
            states.append(state)
            kept = [(i, chance.randint(0, 4)) for i in (A, B, C) if chance.random() < 0.6]
            state = later(state, state=chance.choice(["submitted", "shared", "voided"]), scores=levels(*kept))
    newest = {}
    for state in states:
        newest[state.id] = state
    told_twice = states + chance.sample(states, len(states) // 2)
    chance.shuffle(told_twice)
    while told_twice:
        size = chance.randint(1, 15)
        await told.tell("observations", *told_twice[:size])
        del told_twice[:size]
    assert [(id_, version) for id_, version, *_ in await told.rows(FACTS)] == sorted(
        (state.id, state.version) for state in newest.values()
    )
    rows = await told.rows("select observation_id, indicator_id, level from analytics.fact_scores")
    assert sorted(rows) == sorted(
        (s.id, score.indicator_id, score.level) for s in newest.values() for score in s.scores
    )


async def test_assignments_remember_when_they_were_withdrawn(told):
    person, org = new_id(), new_id()
    first = tie(person, org)
    await told.tell("relationships", first)
    await told.tell("relationships", tie(person, org, withdrawn=AT, known_as=first.id, version=2), first)
    rows = await told.rows(
        "select person_id, org_id, kind, archived, archived_at, version from analytics.fact_assignments"
    )
    assert rows == [(person, org, "teaches_at", True, AT, 2)]
    copies = await told.rows("select archived, version from analytics.copied_relationships")
    assert copies == [(True, 2)]
