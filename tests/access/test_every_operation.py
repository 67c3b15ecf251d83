"""Every operation of the document, without exception: who may not gets the documented refusal, and no hint that the
thing is there.

Operations, scopes and bodies come from the merged document; what their paths name comes from examples.py. An operation
whose path names something without an example fails here.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import httpx
import pytest

from shared.access.policies import POLICIES
from shared.access.policy import ANYBODY
from shared.access.scopes import SCOPES
from shared.clock import new_id
from shared.testing.stack import Stack, new_district, token_of
from tests.access.examples import Examples, path_of
from tests.access.sampling import sample
from tests.architecture.house import Operation, merged, operations

ALL = sorted(operations(), key=str)
GUARDED = [operation for operation in ALL if operation.said.get("security") != []]
OPEN_TO_STAFF = {kind for kind, policy in POLICIES.items() if policy.see is ANYBODY} | {"people", "enrollments"}
NOT_HERS = {403, 404}
# What the document cannot say: one of several members is needed.
ONE_OF: dict[str, dict[str, Any]] = {"/v1/learning-walks/{walk_id}/draw": {"class_ids": [str(new_id())]}}


@dataclass(frozen=True)
class Sent:
    operation: Operation
    path: str
    answer: httpx.Response

    @property
    def status(self) -> int:
        return self.answer.status_code

    def __str__(self) -> str:
        return f"{self.operation} -> {self.status} {self.answer.text[:200]}"


def kind_of(operation: Operation) -> str:
    return operation.path.split("/")[2]


def scopes_of(operation: Operation) -> frozenset[str]:
    return frozenset(scope for one in operation.said["security"] for scope in one["oauth2"])


def body_of(operation: Operation, examples: Examples) -> dict[str, Any]:
    """Give what to send: what the example was made with, or else the smallest that fits."""
    content = operation.said.get("requestBody", {}).get("content", {})
    if not content:
        return {}
    if "application/json" not in content:
        return {"content": b"x", "headers": {"Content-Type": next(iter(content))}}
    noun = operation.path.partition("/{")[0]
    if operation.method == "put" and noun in examples.bodies:
        return {"json": examples.bodies[noun] | _told(examples.bodies[noun])}
    if operation.method == "patch" and noun in examples.bodies:
        return {"json": _told(examples.bodies[noun])}
    if operation.path == "/v1/observations":
        return {"json": examples.bodies[noun]}
    if operation.path == "/v1/observations/batch":
        return {"json": {"items": [examples.bodies["/v1/observations"] | {"id": str(new_id())}]}}
    body = sample(content["application/json"]["schema"], merged()["components"]["schemas"])
    return {"json": body | ONE_OF.get(operation.path, {})}


def query_of(operation: Operation, examples: Examples) -> dict[str, Any]:
    """Give the parameters that it cannot do without."""
    known = {"activity_id": "/v1/pl-activities", "person": "/v1/people"}
    more = {"resource": f"observations:{examples.more['coaching']}"}
    components = merged()["components"]["schemas"]
    return {
        p["name"]: examples.ids.get(known.get(p["name"], "")) or more.get(p["name"]) or sample(p["schema"], components)
        for p in operation.said.get("parameters", [])
        if p.get("in") == "query" and p.get("required")
    }


def _told(body: dict[str, Any]) -> dict[str, Any]:
    """Give a change of the texts of the body, or of the day where it has none."""
    names = ("title", "name", "statement", "label", "focus", "focus_question", "given_name", "notes", "what", "subject")
    told = {name: "Changed" for name in names if isinstance(body.get(name), str)}
    return told or ({"begin_date": "2026-01-02"} if "begin_date" in body else {})


async def send(http: httpx.AsyncClient, operation: Operation, examples: Examples, *, made_up: bool = False) -> Sent:
    path = path_of(operation.path, examples, made_up=made_up)
    assert path is not None, f"{operation} has no example: see tests/access/examples.py"
    given = body_of(operation, examples)
    headers = {"If-Match": "*"} | given.pop("headers", {})
    query = query_of(operation, examples)
    answer = await http.request(operation.method.upper(), path, headers=headers, params=query, **given)
    sent = Sent(operation, path, answer)
    assert str(sent.status) in operation.said["responses"], f"undocumented: {sent}"
    return sent


async def send_all(
    http: httpx.AsyncClient, which: Iterable[Operation], examples: Examples, *, made_up: bool = False
) -> list[Sent]:
    return [await send(http, operation, examples, made_up=made_up) for operation in which]


def wrong(sent: Iterable[Sent], *expected: int) -> str:
    return "\n".join(str(one) for one in sent if one.status not in expected)


# The name of the test says how many they are.
@pytest.mark.parametrize(
    "guarded", [len(GUARDED)], ids=lambda n: f"{n} of {len(ALL)} operations refuse whoever may not"
)
def test_every_operation_is_refused_to_somebody_or_public(guarded: int) -> None:
    public = [str(operation) for operation in ALL if operation not in GUARDED]
    assert guarded == len(GUARDED)
    assert len(GUARDED) + len(public) == len(ALL) > 300
    # Whoever asks for a token, or how to, has none yet.
    for_all = ("/oauth2/", "/.well-known/", "/ims/oneroster/", "/v1/scopes")
    assert all(one.split(" ")[1].startswith(for_all) for one in public), public


async def test_without_a_token(stack: Stack, examples: Examples) -> None:
    async with stack.client() as http:
        assert not wrong(await send_all(http, GUARDED, examples), 401)
    async with stack.client(Authorization="Bearer made.up.token") as http:
        assert not wrong(await send_all(http, GUARDED, examples), 401)


async def test_with_a_token_that_has_ended(examples: Examples, monkeypatch: pytest.MonkeyPatch) -> None:
    district = examples.district
    token = await token_of(district.stack, district.client_id, district.client_secret)
    later = time.time() + 16 * 60
    monkeypatch.setattr("shared.access.tokens.time.time", lambda: later)
    async with district.client(token=token) as http:
        sent = await send_all(http, GUARDED, examples)
    monkeypatch.undo()
    assert not wrong(sent, 401)


async def test_with_every_scope_but_those_that_it_takes(examples: Examples) -> None:
    district = examples.district
    by_scopes: dict[frozenset[str], list[Operation]] = {}
    for operation in GUARDED:
        by_scopes.setdefault(scopes_of(operation), []).append(operation)
    sent = []
    for scopes, which in by_scopes.items():
        rest = " ".join(sorted(SCOPES.keys() - scopes))
        token = await token_of(district.stack, district.client_id, district.client_secret, rest)
        async with district.client(token=token) as http:
            sent += await send_all(http, which, examples)
    assert len(sent) == len(GUARDED)
    assert not wrong(sent, 403)


async def test_from_another_district(stack: Stack, examples: Examples) -> None:
    """Whatever is there in our district answers theirs as what is nowhere does."""
    other = await new_district(stack)
    named = [operation for operation in GUARDED if "{" in operation.path and "/measures/" not in operation.path]
    lists = [operation for operation in GUARDED if "{" not in operation.path and operation.method == "get"]
    async with other.client() as http:
        listed = await send_all(http, lists, examples)
        told = await send_all(http, named, examples)
    async with (await new_district(stack)).client() as http:
        nowhere = await send_all(http, named, examples, made_up=True)
    found = [
        f"{one}\n    but of nothing {none.status} {none.answer.text[:200]}"
        for one, none in zip(told, nowhere, strict=True)
        if (one.status, said(one)) != (none.status, said(none))
    ]
    assert not found, "\n".join(found)
    reads = [one for one in told if one.operation.method in {"get", "patch"} and "/ims/" not in one.path]
    assert not wrong([one for one in reads if not is_empty_page(one)], 404)
    known = {id_ for id_ in examples.ids.values() if len(id_) == 36} | {examples.more["evaluation"]}
    assert not [str(one) for one in listed if any(id_ in one.answer.text for id_ in known)]
    async with other.client(person=UUID(examples.named("teacher"))) as http:
        assert not wrong(await send_all(http, lists, examples), 403)


def is_empty_page(sent: Sent) -> bool:
    """What hangs on nothing is a list of nothing."""
    return sent.status == 200 and sent.answer.json().get("data") == []


def said(sent: Sent) -> str:
    """Give a refusal without what differs from one request to the next."""
    if sent.status < 300:
        return ""
    text = sent.answer.text
    for asked, segment in zip(sent.operation.path.split("/"), sent.path.split("/"), strict=True):
        text = text.replace(f"'{unquote(segment)}'", "it").replace(segment, "it") if asked.startswith("{") else text
    return text


async def test_by_a_person_who_has_nothing_to_do_with_it(examples: Examples) -> None:
    """A teacher of another school: what is not for all staff is not there; nothing is hers to change."""
    before = await versions(examples)
    async with examples.acting("stranger") as http:
        sent = await send_all(http, GUARDED, examples)
        nowhere = {str(one.operation): one for one in await send_all(http, GUARDED, examples, made_up=True)}
    found = [fault for one in sent if (fault := fault_of(one, nowhere[str(one.operation)], examples))]
    assert not found, "\n".join(found)
    assert await versions(examples) == before


def fault_of(one: Sent, none: Sent, examples: Examples) -> str:
    kind, is_list = kind_of(one.operation), "{" not in one.operation.path
    if one.operation.method != "get":
        return "" if one.status in NOT_HERS or is_batch_refused(one) else f"she may: {one}"
    if one.status in NOT_HERS:
        hint = one.status == 404 and said(one) != said(none)
        return f"a hint: {one}" if hint else ""
    if one.status != 200 or kind in OPEN_TO_STAFF:
        return "" if one.status == 200 else str(one)
    if not is_list and kind != "measures":
        return f"she sees: {one}"
    known = {examples.ids.get(f"/v1/{kind}", "none"), examples.more["evaluation"]}
    return f"she sees: {one}" if any(id_ in one.answer.text for id_ in known if id_ != "feedback_latency") else ""


def is_batch_refused(one: Sent) -> bool:
    """A batch answers 200 and an outcome for each item."""
    outcomes = one.answer.json().get("data", []) if one.status == 200 else []
    return bool(outcomes) and all(outcome["status"] in NOT_HERS for outcome in outcomes)


async def versions(examples: Examples) -> dict[str, str]:
    """Give the ETag of every example, to see that nobody changed one."""
    found = {}
    async with examples.acting(None) as http:
        for path, id_ in examples.ids.items():
            if "{" in path:
                continue
            answer = await http.get(f"{path}/{id_}")
            if "ETag" in answer.headers:
                found[path] = answer.headers["ETag"]
    assert len(found) > 20
    return found


@pytest.mark.parametrize(("who", "purpose"), [("coach", "evaluation"), ("evaluator", "coaching")])
async def test_for_the_wrong_purpose(examples: Examples, who: str, purpose: str) -> None:
    """Who coaches a teacher meets no evaluation of hers, and who evaluates her no coaching."""
    theirs = {"/v1/observations": examples.more["evaluation"], "/v1/feedback": examples.more["evaluation"]}
    purposed = replace(examples, ids=examples.ids | (theirs if purpose == "evaluation" else {}))
    which = [one for one in GUARDED if kind_of(one) in {"observations", "feedback"}]
    row = purposed.ids["/v1/observations"]
    async with examples.acting(who) as http:
        named = await send_all(http, [one for one in which if "{" in one.path], purposed)
        lists = await send_all(http, [one for one in which if "{" not in one.path and one.method == "get"], purposed)
    assert named
    assert not wrong(named, 404)
    assert not [str(one) for one in lists if row in one.answer.text]


def test_the_document_ranks_nobody() -> None:
    """No number of the API is sorted or grouped by a person: there is nothing to ask it with."""
    asked = [
        f"{operation} takes {parameter['name']}"
        for operation in ALL
        if kind_of(operation) in {"measures", "throughlines"}
        for parameter in operation.said.get("parameters", [])
        if any(
            word in json.dumps(parameter).lower() for word in ("teacher", "person_id", "observer", "coach_id", "sort")
        )
        and parameter["name"] != "Throughline-Person"
    ]
    assert not asked, "\n".join(asked)
    # OneRoster's `sort` orders a roster, of which no number of ours is part; elsewhere nothing is ordered by choice.
    sorted_by = [
        f"{operation} takes {parameter['name']}"
        for operation in ALL
        if not operation.path.startswith("/ims/oneroster/")
        for parameter in operation.said.get("parameters", [])
        # The headers that all operations share are references, not names.
        if parameter.get("name", "").lower().replace("_", "") in {"sort", "orderby", "order", "rank", "rankby", "top"}
    ]
    assert not sorted_by, "\n".join(sorted_by)
