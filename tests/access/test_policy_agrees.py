"""The policy says the same as Python and as SQL: on random districts, of every noun, for everybody who may ask."""

import ast
import inspect
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.access.copies import load_person
from shared.access.policies import READS_EVALUATIONS
from shared.access.policy import ORGS, Action, judge
from shared.access.principals import Principal
from shared.access.rights import Roster, orgs_on, person_on
from shared.access.scopes import SCOPES
from shared.settings import SERVICE_NAMES
from shared.testing.stack import Stack
from tests.access.nouns import NOUNS, OF_ORGS, Noun
from tests.access.random_district import TODAY, Filled, fill, rosters
from tests.architecture.house import sources

EVERYTHING = frozenset(SCOPES)


async def person_by_sql(stack: Stack, service: str, district: UUID, person: UUID) -> Any:
    async with stack.runtimes[service].database.transaction(district) as connection:
        return await load_person(connection, service, district, person, TODAY)


def principals(filled: Filled) -> list[Principal]:
    found = [Principal(filled.id, "c", EVERYTHING), Principal(filled.id, "c", EVERYTHING - {READS_EVALUATIONS})]
    for id_ in filled.roster.people:
        person = person_on(filled.roster, id_, TODAY)
        if person is not None:
            found.append(Principal(filled.id, "c", EVERYTHING, person))
    return found


def _staffed(filled: Filled, noun: Noun, row: dict[str, Any]) -> dict[str, Any]:
    """Add where the people of the row are staff today: by relationships, of leaves by staff assignments too."""
    named = {name: row[name] for name in ("owner_id", "person_id") if row.get(name) is not None}
    if noun.name != "districts.leaves.queries.visible_to":
        return {name + ORGS: orgs_on(filled.roster, id_, TODAY) for name, id_ in named.items()}
    ties = filled.rows["districts.relationships.queries.visible_to"]
    ties = ties + filled.rows["districts.staff_assignments.queries.visible_to"]
    return {
        name + ORGS: {tie["org_id"] for tie in ties if tie["person_id"] == id_ and _holds(tie)}
        for name, id_ in named.items()
    }


def _holds(tie: dict[str, Any]) -> bool:
    begin, end = tie["begin_date"], tie["end_date"]
    return tie["archived_at"] is None and (begin is None or begin <= TODAY) and (end is None or end >= TODAY)


def by_policy(filled: Filled, noun: Noun, who: Principal, action: Action) -> set[UUID]:
    missing = {"owner_id.orgs": frozenset(), "person_id.orgs": frozenset()}
    return {
        row["id"]
        for row in filled.rows[noun.name]
        if judge(noun.policy, who, action, filled.attributes(noun, row) | missing | _staffed(filled, noun, row)).granted
    }


async def by_sql(stack: Stack, filled: Filled, noun: Noun, who: Principal, action: Action) -> set[UUID]:
    visible = noun.visible()
    statement = visible(who) if action is Action.SEE else visible(who, action)
    async with stack.runtimes[noun.service].database.unit(filled.id, who) as unit:
        return {row.id for row in (await unit.session.execute(statement)).scalars()}


def actions(noun: Noun) -> list[Action]:
    return [Action.SEE, *([Action.READ] if "action" in inspect.signature(noun.visible()).parameters else [])]


@settings(max_examples=6, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(roster=rosters(), random=st.randoms(use_true_random=False))
async def test_python_and_sql_agree_on_every_row(stack: Stack, roster: Roster, random: Random) -> None:
    filled = await fill(stack, roster, random)
    for id_ in roster.people:
        said = person_on(roster, id_, TODAY)
        for service in SERVICE_NAMES:
            assert await person_by_sql(stack, service, filled.id, id_) == said
    for who in principals(filled):
        for noun in NOUNS:
            for action in actions(noun):
                said = by_policy(filled, noun, who, action)
                assert await by_sql(stack, filled, noun, who, action) == said, (noun.name, action, who.person)


@given(roster=rosters())
@settings(max_examples=50, deadline=None, database=None, derandomize=True)
def test_numbers_are_read_of_the_organisations_that_one_leads(roster: Roster) -> None:
    (noun,) = OF_ORGS
    visible = Noun(*noun.rsplit(".", 1), "", OF_ORGS[noun]).visible()
    assert visible(Principal(UUID(int=1), "c", EVERYTHING)) is None
    for id_ in roster.people:
        if (person := person_on(roster, id_, TODAY)) is not None:
            who = Principal(UUID(int=1), "c", EVERYTHING, person)
            said = {org for org in roster.orgs if judge(OF_ORGS[noun], who, Action.SEE, {"org_id": org}).granted}
            assert set(visible(who)) & set(roster.orgs) == said


def test_no_noun_is_forgotten() -> None:
    """Whoever adds a noun with a `visible_to` says here whose it is."""
    found = {
        source.path.removesuffix(".py").replace("/", ".").removeprefix("services.") + f".{node.name}"
        for source in sources("services")
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("visible_")
    }
    assert found == {noun.name for noun in NOUNS} | OF_ORGS.keys()
