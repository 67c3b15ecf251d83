"""The table of docs/access.md is executed: each person asks for each resource, and gets what the table says."""

from pathlib import Path

import httpx

from tests.access.examples import Examples

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
# What the table calls it: its path, and the member that is null for who does not read the content.
RESOURCES = {
    "an observation for coaching, shared": ("/v1/observations/{coaching}", "content"),
    "its feedback": ("/v1/feedback/{coaching}", ""),
    "an evaluation, shared": ("/v1/observations/{evaluation}", "content"),
    "its feedback as well": ("/v1/feedback/{evaluation}", ""),
    "an evaluation in the making": ("/v1/observations/{draft}", "content"),
    "that the teacher had read what is expected": ("/v1/acknowledgements/{/v1/acknowledgements}", ""),
    "what a school is about to agree on": ("/v1/agreements/{/v1/agreements}", ""),
    "an evaluation by several observers, planned": ("/v1/visits/{judged}", ""),
    "an observation for research": ("/v1/observations/{research}", "content"),
    "an observation for a walk": ("/v1/observations/{walk}", "content"),
    "a learning walk under way": ("/v1/learning-walks/{/v1/learning-walks}", ""),
    "one of its stops": ("/v1/walk-stops/{/v1/walk-stops}", ""),
    "what it informed": ("/v1/evidence-links/{/v1/evidence-links}", "note"),
    "that it led to a coaching cycle": ("/v1/evidence-links/{to_cycle}", "note"),
    "a coaching cycle": ("/v1/coaching-cycles/{/v1/coaching-cycles}", "content"),
    "a session of it": ("/v1/coaching-sessions/{/v1/coaching-sessions}", "notes"),
    "an action step": ("/v1/action-steps/{/v1/action-steps}", ""),
    "a school's goal": ("/v1/goals/{/v1/goals}", ""),
    "the teacher's own goal": ("/v1/goals/{own_goal}", ""),
    "a vision, a work plan, a PL activity": ("/v1/visions/{/v1/visions}", ""),
    "a member of staff": ("/v1/people/{/v1/people}", ""),
    "who coaches whom": ("/v1/relationships/{/v1/relationships}", ""),
    "the teacher's assignment": ("/v1/staff-assignments/{/v1/staff-assignments}", ""),
    "the teacher's leave": ("/v1/leaves/{/v1/leaves}", ""),
    "a roster import": ("/v1/roster-imports/{/v1/roster-imports}", ""),
    "a client": ("/v1/clients/{/v1/clients}", ""),
}


def table() -> dict[str, dict[str, str]]:
    """Give what each person gets of each resource, as the page has it."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    start = next(n for n, row in enumerate(rows) if row[0] == "resource")
    people = rows[start][1:]
    found = {row[0]: dict(zip(people, row[1:], strict=True)) for row in rows[start + 1 :] if row[0] in RESOURCES}
    assert found.keys() == RESOURCES.keys(), found.keys() ^ RESOURCES.keys()
    return found


def outcome(answer: httpx.Response, member: str) -> str:
    if answer.status_code in {403, 404}:
        return "-"
    assert answer.status_code == 200, answer.text
    return "sees" if member and answer.json()[member] is None else "reads"


async def test_everybody_gets_what_the_table_says(examples: Examples) -> None:
    said, found = table(), {}
    named = examples.ids | examples.more
    for resource, row in said.items():
        path, member = RESOURCES[resource]
        before, _, key = path.partition("{")
        found[resource] = {}
        for person in row:
            async with examples.acting(None if person == "system" else person) as http:
                found[resource][person] = outcome(await http.get(before + named[key.rstrip("}")]), member)
    assert found == said, "\n".join(
        f"{resource}: {who} {found[resource][who]}, the table says {what}"
        for resource, row in said.items()
        for who, what in row.items()
        if found[resource][who] != what
    )


def test_the_table_has_no_word_of_its_own() -> None:
    assert {cell for row in table().values() for cell in row.values()} == {"reads", "sees", "-"}
