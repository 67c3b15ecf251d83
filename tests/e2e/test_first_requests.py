"""The pages of requests are run, block by block, as they stand: what an integrator copies works."""

import functools
import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bench.roster import Shape, write
from shared.testing.identity_provider import identity_provider
from shared.testing.stack import District, Stack

DOCS = Path(__file__).parents[2] / "docs"
LINES = re.compile(r"\n(?=curl |\w+=)")  # a quoted body may have lines of its own
ASSIGNED = re.compile(r"^(\w+)=\$\((.+) \| pick ([\w.]+)\)$", re.DOTALL)


class Shell:
    """As much of a shell as the page needs: variables, and curl with the options that it uses."""

    def __init__(self, http: httpx.AsyncClient, variables: dict[str, str], files: Path) -> None:
        self.http, self.variables, self.files = http, variables, files
        self.answers: list[httpx.Response] = []

    async def run(self, line: str) -> None:
        assigned = ASSIGNED.match(line)
        answer = await self._curl(assigned[2] if assigned else line)
        assert answer.is_success, f"{line}\n{answer.status_code} {answer.text}"
        self.answers.append(answer)
        if assigned:
            steps = assigned[3].split(".")
            found = functools.reduce(lambda o, key: o[int(key)] if key.isdigit() else o[key], steps, answer.json())
            self.variables[assigned[1]] = str(found)

    async def _curl(self, line: str) -> httpx.Response:
        words = iter([re.sub(r"\$(\w+)", lambda m: self.variables[m[1]], word) for word in shlex.split(line)])
        assert next(words) == "curl"
        method, url, headers, content, auth = "GET", "", {}, None, None
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-u":
                auth = tuple(next(words).split(":", 1))
            elif word in {"-d", "--data-binary"}:
                content, method = next(words), "POST" if method == "GET" else method
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            elif word == "-o":
                next(words)
            elif word != "-s":
                url = word
        body = (self.files / content[1:]).read_bytes() if content and content.startswith("@") else content
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        return await self.http.request(method, path, headers=headers, content=body, auth=auth)  # type: ignore[arg-type]


async def follow(page: str, count: int, district: District, stack: Stack, files: Path, **more: str) -> Shell:
    """Run the numbered blocks of a page."""
    blocks = re.findall(r"\*\*(\d+)\. .*?```sh\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)
    assert [int(number) for number, _ in blocks] == list(range(1, count + 1))
    known = {"API": "", "CLIENT_ID": district.client_id, "CLIENT_SECRET": district.client_secret} | more
    async with stack.client() as http:
        shell = Shell(http, known, files)
        for _, block in blocks:
            for line in LINES.split(block.strip()):
                await shell.run(line)
            await stack.settle()  # what a reader's seconds between two commands do
    return shell


async def test_the_first_ten_requests_work_as_they_are_written(
    district: District, stack: Stack, tmp_path: Path
) -> None:
    write(tmp_path / "roster.zip", Shape(schools=1))
    shell = await follow("first-ten-requests.md", 10, district, stack, tmp_path)
    assert _json(shell, "/v1/roster-imports/")["state"] == "applied"
    assert _json(shell, "/v1/feedback/")["body"].startswith("Reasons came")
    (cell,) = _json(shell, "/v1/measures/")["data"]
    assert cell["counts"] == {"teachers": 28, "observed": 1}
    assert "observation.shared" in {event["type"] for event in _json(shell, "/v1/events")["data"]}


async def test_a_roster_goes_in_and_out_as_it_is_written(district: District, stack: Stack, tmp_path: Path) -> None:
    write(tmp_path / "roster.zip", Shape(schools=1))
    write(tmp_path / "tonight.zip", Shape(schools=1, changed=0.1, dropped=0.3))
    shell = await follow("roster.md", 10, district, stack, tmp_path)
    plan = _json(shell, "/v1/roster-imports/", "/plan")
    assert [entry["file"] for entry in plan["over"]] == ["users", "roles", "enrollments"]
    assert _json(shell, "/v1/roster-imports/", "/revert")["state"] == "reverting"
    (zipped,) = [a for a in shell.answers if a.headers["content-type"] == "application/zip"]
    assert zipped.content.startswith(b"PK")
    assert _json(shell, "/v1/leaves/import") | {"errors": []} == {
        "rows": 1, "created": 1, "changed": 0, "unchanged": 0, "rejected": 0, "errors": [],
    }  # fmt: skip
    assert len(_json(shell, "/ims/")["users"]) == 2


async def test_signing_in_works_as_it_is_written(district: District, stack: Stack, tmp_path: Path) -> None:
    async with identity_provider() as idp:
        token = idp.id_token("00u1", email="ada@riverbend.example", email_verified=True)
        shell = await follow("signing-in.md", 8, district, stack, tmp_path, ISSUER=idp.issuer, ID_TOKEN=token)
    ada = shell.variables["ADA"]
    (exchanged,) = [a for a in shell.answers if ada in a.text]
    assert exchanged.json()["person_id"] == "018f0000-0000-7000-8000-0000000000a2"
    (asked,) = [a for a in shell.answers if a.request.url.path == "/v1/goals"]
    assert asked.request.headers["Authorization"] == f"Bearer {ada}"


async def test_a_person_downloads_everything_and_is_erased_as_it_is_written(
    district: District, stack: Stack, tmp_path: Path
) -> None:
    write(tmp_path / "roster.zip", Shape(schools=1))
    shell = await follow("privacy.md", 9, district, stack, tmp_path)
    asked = [a for a in shell.answers if a.request.url.path.startswith("/v1/erasures/") and a.request.method == "GET"]
    assert [a.json()["state"] for a in asked[-2:]] == ["applied", "planned"]
    (zipped,) = [a for a in shell.answers if a.headers["content-type"] == "application/zip"]
    assert b"districts/people.json" in zipped.content


def _json(shell: Shell, path: str, end: str = "") -> dict:
    found = [a for a in shell.answers if a.request.url.path.startswith(path) and a.request.url.path.endswith(end)]
    return json.loads(found[-1].content)


async def test_the_page_of_webhooks_works_as_it_is_written(district: District, stack: Stack, tmp_path: Path) -> None:
    shell = await follow("webhooks.md", 4, district, stack, tmp_path)
    assert _json(shell, "/v1/webhook-deliveries/")["type"] == "webhook_ping.sent"


async def test_the_page_of_walks_works_as_it_is_written(district: District, stack: Stack, tmp_path: Path) -> None:
    shell = await follow("walks.md", 9, district, stack, tmp_path)
    said = _json(shell, "/v1/learning-walks/", "/summary")
    assert [(part["value"], part["prevalence"][0]["seen"]) for part in said["parts"]] == [("4", 0), ("5", 1)]
    assert (said["draw"]["number"], len(said["agreements"])) == (1, 1)
    assert _json(shell, "/v1/learning-walks/", "/draw")["seed"] == "autumn"
    (row,) = _json(shell, "/v1/measures/walks_informed")["data"]
    assert set(row["counts"].values()) == {None}  # one walk is too few


async def test_the_page_of_frameworks_works_as_it_is_written(district: District, stack: Stack, tmp_path: Path) -> None:
    shell = await follow("frameworks.md", 9, district, stack, tmp_path)
    found = _json(shell, "/v1/framework-versions/", "/diff")
    assert [part["kind"] for part in found["removed"]] == ["domain", "component", "indicator"]
    assert [change["member"] for part in found["changed"] for change in part["members"]] == ["title"]
    assert _json(shell, "/v1/acknowledgements")["person_id"] == shell.variables["ADA"]
    (north,) = _json(shell, "/v1/framework-versions/", "/acknowledgements")["data"]
    assert north["suppressed"]


async def test_the_life_of_an_observation_is_as_it_is_written(district: District, stack: Stack, tmp_path: Path) -> None:
    write(tmp_path / "roster.zip", Shape(schools=1))
    shell = await follow("observations.md", 10, district, stack, tmp_path)
    report = _json(shell, "/v1/observations/", "/reports/1")
    assert "Reasons came" in json.dumps(report)
    moves = [change["what"] for change in _json(shell, "/v1/observations/", "/history")["data"]]
    assert {"started", "submitted", "shared", "responded", "locked"} <= set(moves), moves
    sent = [one.json()["data"][0] for one in shell.answers if one.request.url.path == "/v1/observations/batch"]
    assert [(item["status"], item["version"]) for item in sent] == [(201, 1), (409, None), (200, 3)]
    assert _json(shell, "/v1/observation-attachments/", "/content")["state"] == "clean"


async def test_the_page_of_expectations_works_as_it_is_written(
    district: District, stack: Stack, tmp_path: Path
) -> None:
    write(tmp_path / "roster.zip", Shape(schools=1))
    shell = await follow("expectations.md", 5, district, stack, tmp_path)
    explained = _json(shell, "/v1/expectations/", "/explain")
    assert (explained["rule"], explained["state"], explained["ask"]) == ("professional-2-4", "overdue", "fall")
    (of_school,) = _json(shell, "/v1/expectation-summaries")["data"]
    assert (of_school["people"], of_school["eligible"], of_school["overdue"]) == (1, 2, 1)
    (waits,) = _json(shell, "/v1/feedback-targets")["data"]
    assert (waits["state"], waits["due_date"]) == ("overdue", "2026-08-15")
    (rate,) = _json(shell, "/v1/feedback-rates")["data"]
    assert (rate["suppressed"], rate["total"]["events"]) == (False, 0)
