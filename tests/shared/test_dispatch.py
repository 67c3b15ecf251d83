from collections.abc import Mapping
from typing import Any

import pytest

from shared.dispatch import Dispatcher, table_of


def named(name: str, calls: list[str]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(name)

    return app


async def owner(prefixes: Mapping[str, tuple[str, ...]], path: str, kind: str = "http") -> str:
    calls: list[str] = []
    apps = {prefix: named(name, calls) for prefix, name in table_of(prefixes).items()}
    await Dispatcher(apps, named("otherwise", calls))({"type": kind, "path": path}, None, None)  # type: ignore[arg-type]
    (called,) = calls
    return called


PREFIXES = {"one": ("/v1/people", "/oauth2", "/v1/jobs/one", "/ims/oneroster"), "two": ("/v1/goals", "/v1/jobs/two")}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/people", "one"),
        ("/v1/people/", "one"),
        ("/v1/people/7/access", "one"),
        ("/v1/goals/7", "two"),
        ("/v1/jobs/one/7", "one"),
        ("/v1/jobs/two", "two"),
        ("/oauth2/token", "one"),
        ("/oauth2", "one"),
        ("/ims/oneroster/rostering/v1p2/users", "one"),
        ("/v1/peoples", "otherwise"),
        ("/v1/jobs", "otherwise"),
        ("/v1/jobs/three/7", "otherwise"),
        ("/v1", "otherwise"),
        ("/", "otherwise"),
        ("//v1/people", "otherwise"),
        ("/oauth2x", "otherwise"),
        ("", "otherwise"),
    ],
)
async def test_the_first_segments_say_whose_a_path_is(path: str, name: str) -> None:
    assert await owner(PREFIXES, path) == name


async def test_lifespans_and_websockets_are_not_dispatched() -> None:
    assert await owner(PREFIXES, "/v1/people", kind="websocket") == "otherwise"
    assert await owner(PREFIXES, "", kind="lifespan") == "otherwise"


@pytest.mark.parametrize(
    ("prefixes", "reason"),
    [
        ({"one": ("/v1/a",), "two": ("/v1/a",)}, "/v1/a belongs to one and to two"),
        ({"one": ("/v1/a",), "two": ("/v1/a/b",)}, "/v1/a/b of two lies within /v1/a of one"),
        ({"one": ("/ims",), "two": ("/ims/a/b",)}, "/ims/a/b of two lies within /ims of one"),
        ({"one": ("/v1/a/",)}, "no slash at the end"),
        ({"one": ("v1",)}, "one declares 'v1'"),
        ({"one": ("/v1/a/b/c",)}, "one to 3 segments"),
    ],
)
def test_no_path_has_two_owners(prefixes: dict[str, tuple[str, ...]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        table_of(prefixes)


def test_a_longer_prefix_of_the_same_owner_is_fine() -> None:
    assert table_of({"one": ("/v1/a", "/v1/a/b")}) == {"/v1/a": "one", "/v1/a/b": "one"}
