"""The OpenAPI document is true: whatever fits it, or just does not, gets an answer that it documents, and never a 5xx.

Ids come from a small pool, so that what one request makes the next one finds: random ids would only ever test the 404.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid5

import asyncpg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from pydantic_core.core_schema import ErrorType
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from shared.local.servers import Urls
from shared.settings import SERVICE_NAMES
from shared.testing.promises import broken_promises
from tests.architecture.test_docs import documented_events
from tests.e2e.serving import STAND_IN, Serving

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
FEW = 8
EXAMPLES = int(os.environ.get("THROUGHLINE_FUZZ_EXAMPLES", str(FEW)))
NAMESPACE = UUID("0192f0c1-2b3c-7d4e-8f50-617283940a1b")
PEOPLE = ("person", "teacher", "observer", "coach", "evaluator", "owner", "facilitator", "leader", "participant", "by")
ORGS = ("org", "school", "parent")
# Refusals of shape are pydantic's; those of meaning are ours, or a validator's that a schema cannot spell.
SHAPE = set(get_args(ErrorType)) - {"value_error", "assertion_error", "missing"}
METHODS = ("get", "put", "post", "patch", "delete")
PERSON = "Throughline-Person"
TAGS = ('"1"', '"2"', "*", '"1"')

SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
schemathesis.serializer.alias("text/csv", "text/plain")
document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
schema = schemathesis.openapi.from_dict(document)
OPERATIONS = [(method, path) for path, item in document["paths"].items() for method in METHODS if method in item]


def without_words(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in schema.items() if name not in {"title", "description"}}


def first_of_their_kind() -> set[tuple[str, str]]:
    """Operations with a parameter or a body that none before them has: one id, page or bearer is read like another."""
    seen: set[str] = set()
    found = set()
    for method, path in OPERATIONS:
        item, operation = document["paths"][path], document["paths"][path][method]
        parts = {json.dumps(operation["requestBody"], sort_keys=True)} if "requestBody" in operation else set()
        for given in item.get("parameters", []) + operation.get("parameters", []):
            said = document["components"]["parameters"][given["$ref"].split("/")[-1]] if "$ref" in given else given
            name = "" if said["in"] == "path" else said["name"]
            parts.add(json.dumps([said["in"], name, without_words(said["schema"])], sort_keys=True))
        if not parts <= seen:
            found.add((method, path))
        seen |= parts
    return found


WALKED = first_of_their_kind()


@pytest.fixture(scope="module")
def serving(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    served = Serving(urls, tmp_path_factory.mktemp("fuzz"), pool("person"), pool("org")).start()
    yield served
    served.stop()
    undocumented = asyncio.run(event_types(urls, served.district_id)) - documented_events()
    assert not undocumented
    assert not asyncio.run(broken_promises(urls.relay_database_url, [served.district_id]))


async def event_types(urls: Urls, district_id: UUID) -> set[str]:
    relay = await asyncpg.connect(urls.relay_database_url)
    told = [
        row["type"]
        for name in SERVICE_NAMES
        for row in await relay.fetch(f"select distinct type from {name}.outbox where district_id = $1", district_id)
    ]
    await relay.close()
    return set(told)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False  # or it looks for a proxy and a password at every request
        yield opened


@schema.auth()
class ByToken:
    def get(self, _case: schemathesis.Case, _context: schemathesis.AuthContext) -> str:
        return STAND_IN

    def set(self, case: schemathesis.Case, data: str, _context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def pool(stem: str) -> tuple[UUID, ...]:
    return tuple(uuid5(NAMESPACE, f"{stem} {number}") for number in range(3))


def pooled(name: str, value: Any) -> Any:
    """Give an id of the pool of that name in place of any id; what is no id stays as the fuzzer made it."""
    try:
        number = UUID(value).int
    except (ValueError, TypeError, AttributeError):
        return value
    stem = name.removesuffix("s").removesuffix("_id")
    stem = "person" if stem.endswith(PEOPLE) else "org" if stem.endswith(ORGS) else stem
    return str(pool(stem)[number % 3])


def deep(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: deep(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [deep(name, member) for member in value]
    return pooled(name, value) if name.endswith(("_id", "_ids")) or name == "id" else value


@schema.hook
def map_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> schemathesis.Case:
    for part in (case.path_parameters, case.query):
        if part:
            part.update(deep("", dict(part)))
    if isinstance(case.body, dict):
        case.body = deep("", case.body)
    if PERSON in (case.headers or {}):
        case.headers[PERSON] = pooled("person_id", case.headers[PERSON])
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = TAGS[len(case.headers["If-Match"]) % len(TAGS)]
    return case


@schemathesis.check
def shape_tells_all(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """What fits the documented shape may be refused for its meaning, never by a rule of shape that stays unsaid."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return  # to refuse is the point of all others
    refused = [e for e in response.json().get("errors", []) if e["code"] in SHAPE]
    assert not refused, f"fits the document, yet is refused: {refused}"


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation(method: str, path: str, serving: Serving, session: requests.Session) -> None:
    """The same as `@schema.parametrize()`, which makes up all its cases at collection, in each worker again."""

    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=serving.url, session=session)

    modes = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.FUZZING]
    if EXAMPLES > FEW or (method, path) in WALKED:  # `make fuzz` goes through every boundary of every operation
        modes.append(HypothesisTestMode.COVERAGE)
    config = HypothesisTestConfig(modes=modes, settings=SETTINGS, project=schema.config, feedback=FeedbackSources())
    create_test(operation=schema[path][method], test_func=ask, config=config)()
