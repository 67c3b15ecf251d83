"""Tables that a principal would understand."""

from typing import Any

from rich.console import Console
from rich.table import Table

from demo.api import Api
from demo.setting import Setting

Json = dict[str, Any]
YEAR: Json = {"from": "2025-09", "to": "2026-05"}
HIDDEN = "too few to show"
SHOWN = 12  # schools, or gaps; of a district with more, the first by name


def coached(line: Json) -> int:
    """Count the cycles that the throughline knows of already."""
    return sum(line["coaching"]["counts"][state] or 0 for state in ("cycles", "requested"))


def walked(line: Json) -> int:
    return sum(walk["stops"] is not None for walk in line["walks"])


def percent(value: Json | None) -> str:
    """Write a rate with its interval: 41 % (33-50)."""
    if value is None or value["value"] is None:
        return HIDDEN if value and value["suppressed"] else "-"
    interval = value["interval"] or {}
    low, high = interval.get("low"), interval.get("high")
    shown = "" if low is None or high is None else f" ({100 * low:.0f}-{100 * high:.0f})"
    return f"{100 * value['value']:.0f} %{shown}"


def hours(value: Json) -> str:
    return HIDDEN if value["value"] is None else f"{value['value']:.0f} h"


def roster(console: Console, imported: Json) -> None:
    table = Table("File", "rows", "new", "rejected", title="\nThe roster that went in", title_justify="left")
    for name, counts in sorted(imported["files"].items()):
        table.add_row(name, *(f"{counts[key]:,}" for key in ("rows", "new", "rejected")))
    console.print(table)


async def results(console: Console, api: Api, found: Setting) -> None:
    latency = await api.get("/v1/measures/feedback_latency", None, by="school", **YEAR)
    coverage = await api.get("/v1/measures/observation_coverage", None, by="school", **YEAR)
    console.print(_feedback(latency, coverage))
    line = await api.get(f"/v1/throughlines/{found.goal}")
    _throughline(console, line)


def _feedback(latency: Json, coverage: Json) -> Table:
    table = Table(
        "School", "teachers visited", "half got it within", "9 of 10 within", "by the due time", "overdue now",
        title="\nFeedback to teachers after visits, September to May", title_justify="left",
        caption="In brackets, here and below: the 95 % interval.", caption_justify="left",
    )  # fmt: skip
    seen = {cell["school_id"]: cell["values"] for cell in coverage["data"]}
    for cell in sorted(latency["data"], key=lambda cell: str(cell["school_name"]))[:SHOWN]:
        values, counts = cell["values"], cell["counts"]
        if counts["completed"]:
            table.add_row(
                cell["school_name"], percent(seen.get(cell["school_id"], {}).get("coverage")),
                hours(values["p50_hours"]), hours(values["p90_hours"]), percent(values["on_time_rate"]),
                str(counts["pending_overdue"]),
            )  # fmt: skip
    return table


def _throughline(console: Console, line: Json) -> None:
    goal = line["goal"]
    console.print(f"\n[bold]The throughline of one goal: {goal['title']}[/bold]")
    if line["above"]["vision"]:
        console.print(f"Vision: {line['above']['vision']['statement']}")
    if goal["baseline"] is not None and goal["target"] is not None:
        wanted = f"from {100 * goal['baseline']:.0f} % to {100 * goal['target']:.0f} % by {goal['due_date']}"
        console.print(f"Wanted, as {goal['unit']}: {wanted}")
    console.print(_schools(line))
    names = _names(line)
    for learning in sorted(line["professional_learning"], key=lambda learning: names.get(learning["id"], ""))[:SHOWN]:
        console.print(_practice(learning, names.get(learning["id"], "")))
    dose = line["coaching"]
    cycles = dose["counts"]["cycles"]
    if cycles:
        console.print(f"\nCoaching that cites the goal: {cycles} cycles; what is said in them stays with the pair.")
    console.print("\n[bold]What is missing[/bold]")
    for gap in sorted(line["missing"], key=lambda gap: names.get(gap["about"], ""))[:SHOWN]:
        about = f"{names[gap['about']]}: " if gap["about"] in names else ""
        console.print(f"  - {about}{gap['message']}", soft_wrap=True)
    console.print(f"\n[italic]{line['caution']}[/italic]")


def _names(line: Json) -> dict[str, str]:
    """Name the school that an action, an activity or an organisation belongs to."""
    orgs = {org["org_id"]: str(org["org_name"]) for org in line["orgs"]}
    parts = [*line["actions"], *line["professional_learning"]]
    return orgs | {part["id"]: orgs[part["org_id"]] for part in parts if part["org_id"] in orgs}


def _schools(line: Json) -> Table:
    table = Table(
        "School", "plan actions", "learning sessions", "learning walks", "coaching cycles",
        title="\nWhat each school did for it", title_justify="left",
    )  # fmt: skip
    for org in line["orgs"][:SHOWN]:
        if not (org["actions"] or org["walks"] or org["activities"]):
            continue  # the district's office has the goal and leaves the doing to its schools
        cycles = HIDDEN if org["cycles"] is None else str(org["cycles"])
        done = f"{org['actions_done']} of {org['actions']} done"
        table.add_row(org["org_name"], done, str(org["sessions_delivered"]), str(org["walks"]), cycles)
    return table


_SOURCES = {"observations": "visits", "walk_stops": "walks"}
_GROUPS = {"all": "everybody", "attended": "teachers who came", "not_attended": "teachers who did not come"}


def _practice(learning: Json, school: str) -> Table:
    people = learning["attendance"]["people"]
    practices = "; ".join(str(practice["title"]) for practice in learning["target_practices"])
    came = "too few people to show" if people is None else f"{people} people came"
    sessions = learning["sessions"]["delivered"]
    title = f"\nDoes it show? {school}: “{learning['title']}”, {sessions} sessions, {came}"
    table = Table(
        "In lessons of", "seen in", "before", "after", "percentage points", title=title, title_justify="left",
        caption=f"Before the first session, after the last. Looked for: {practices}", caption_justify="left",
    )  # fmt: skip
    for row in learning["application"]["rows"]:
        values = row["values"]
        table.add_row(
            _GROUPS[row["group"]], _SOURCES[row["source"]], percent(values["before"]), percent(values["after"]),
            _points(values["difference"]),
        )  # fmt: skip
    return table


def _points(value: Json) -> str:
    if value["value"] is None:
        return HIDDEN if value["suppressed"] else "-"
    interval = value["interval"] or {}
    low, high = interval.get("low"), interval.get("high")
    shown = "" if low is None or high is None else f" ({_signed(low)} to {_signed(high)})"
    return f"{_signed(value['value'])}{shown}"


def _signed(share: float) -> str:
    points = round(100 * share)
    return f"{points:+d}" if points else "0"


def commands(console: Console, base_url: str, client_id: str, client_secret: str, found: Setting) -> None:
    console.print("\n[bold]Look further[/bold]")
    console.print(f"  every operation     {base_url}/docs", soft_wrap=True)
    console.print("  a token, good for 15 minutes; then any of the lines below it:", soft_wrap=True)
    console.print(
        f"    TOKEN=$(curl -s -u {client_id}:{client_secret} -d grant_type=client_credentials {base_url}/oauth2/token"
        " | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"access_token\"])')",
        soft_wrap=True, highlight=False,
    )  # fmt: skip
    school = found.schools[0]
    for what, path in (
        ("this throughline", f"/v1/throughlines/{found.goal}"),
        ("one school's part", f"/v1/throughlines/{found.school_goals[school.id]}"),
        ("feedback by month", f"/v1/measures/feedback_latency?school_id={school.id}&from=2025-09&to=2026-05"),
        ("what changed", "/v1/events?limit=20"),
        ("orphans (none here)", "/v1/plan-actions?orphan=true"),
    ):
        line = f'  {what:<19} curl -s -H "Authorization: Bearer $TOKEN" "{base_url}{path}"'
        console.print(line, soft_wrap=True, highlight=False)
