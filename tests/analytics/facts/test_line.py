"""Facts from the feeds of coaching and observations: real events, once and again."""

from datetime import timedelta

from shared.clock import new_id
from shared.feed.subscriber import Subscriber
from tests.analytics.line import STARTS, Line

TABLES = (
    "visions", "goals", "work_plans", "plan_actions", "pl_activities", "pl_sessions", "pl_attendance", "credits",
    "coaching_cycles", "learning_walks", "walk_stops", "walk_marks", "evidence_links", "framework_versions",
    "observations", "look_fors",
)  # fmt: skip


async def everything(line: Line) -> dict[str, list[str]]:
    async with line.district.stack.runtimes["analytics"].database.transaction(line.district.id) as connection:
        return {
            table: [
                row["row"]
                for row in await connection.fetch(
                    f"select t::text as row from analytics.fact_{table} t where district_id = $1 order by 1",
                    line.district.id,
                )
            ]
            for table in TABLES
        }


async def a_year(line: Line) -> None:
    vision = await line.put("visions", org_id=line.staff.org, statement="All ask", domains=["instruction"])
    top = await line.goal("district", vision_id=vision)
    goal = await line.goal(parent_id=top)
    action = await line.action(goal)
    activity = await line.activity(plan_action_id=action, goal_id=goal)
    session = await line.deliver(activity, STARTS, line.teachers()[:4])
    await line.act(
        "pl-sessions", session, "deliver", attendance=[{"person_id": str(line.teachers()[0]), "minutes": 200}]
    )
    await line.act("pl-activities", activity, "complete")
    await line.record(line.visit(line.teachers()[0], STARTS + timedelta(days=3), ["seen", "not_seen", None]))
    walk = await line.walk(STARTS + timedelta(days=5), [["seen", None, "not_seen"], ["not_seen", None, None], []])
    link = await line.link(("learning_walk", walk), ("pl_activity", activity))
    await line.link(("learning_walk", walk), ("plan_action", action))
    await line.act("evidence-links", link, "archive")
    await line.cycle("teacher 00", [(STARTS + timedelta(days=7), 30), (STARTS + timedelta(days=21), 45)], goal_id=goal)


async def test_every_entity_of_both_feeds_becomes_a_fact(line: Line) -> None:
    await a_year(line)
    await line.settle()
    facts = await everything(line)
    assert {table: len(rows) for table, rows in facts.items()} == {
        "visions": 1, "goals": 2, "work_plans": 1, "plan_actions": 1, "pl_activities": 1, "pl_sessions": 1,
        "pl_attendance": 1, "credits": 1, "coaching_cycles": 1, "learning_walks": 1, "walk_stops": 3, "walk_marks": 3,
        "evidence_links": 2, "framework_versions": 1, "observations": 1, "look_fors": 2,
    }  # fmt: skip
    (cycle,) = facts["coaching_cycles"]
    assert ",2,75,2024-02-12,2024-02-26" in cycle


async def test_a_replay_from_zero_gives_the_same_and_rebuilds_what_was_lost(line: Line) -> None:
    await a_year(line)
    await line.settle()
    before = await everything(line)
    runtime = line.district.stack.runtimes["analytics"]
    subscriber = Subscriber(runtime, line.district.stack.work["analytics"].subscriptions)
    for publisher in ("observations", "coaching"):
        await subscriber.rewind(publisher)
        await subscriber.pull(publisher)
    assert await everything(line) == before
    async with runtime.database.transaction(line.district.id) as connection:
        for table in TABLES:
            await connection.execute(f"delete from analytics.fact_{table} where district_id = $1", line.district.id)
    for publisher in ("observations", "coaching"):
        await subscriber.rewind(publisher)
        await subscriber.pull(publisher)
    assert await everything(line) == before


async def test_an_older_state_changes_nothing(line: Line) -> None:
    from services.analytics.facts import walks
    from shared.contracts.observations import EvidenceLinkState
    from shared.feed.events import FeedEvent

    link, target = new_id(), new_id()

    def told(version: int, archived: bool) -> FeedEvent:
        state = EvidenceLinkState(
            id=link, version=version, archived=archived, source_kind="observation", source_id=link,
            target_kind="pl_activity", target_id=target,
        )  # fmt: skip
        data = state.model_dump(mode="json")
        return FeedEvent(
            1, str(new_id()), "evidence_link.changed", line.district.id, "evidence-links", link, STARTS, data
        )

    database = line.district.stack.runtimes["analytics"].database
    async with database.transaction(line.district.id) as connection:
        await walks.apply(connection, line.district.id, [told(2, True), told(1, False)])
        await walks.apply(connection, line.district.id, [told(1, False)])
        kept = await connection.fetch(
            "select version, archived from analytics.fact_evidence_links where district_id = $1", line.district.id
        )
    assert [tuple(row) for row in kept] == [(2, True)]
