"""A few members of staff and schools for tests, put over HTTP; the same ids in every district, which is not shared."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import httpx

from shared.testing.stack import District

_NAMESPACE = UUID("0192f0c1-2b3c-7d4e-8f50-617283940a1c")


def named(name: str) -> str:
    return str(uuid5(_NAMESPACE, name))


@dataclass(frozen=True)
class Setting:
    """The district's own org `d`, schools `north` and `south`, a principal of `north`, teachers of both."""

    district: District
    d: str = named("d")
    north: str = named("north")
    south: str = named("south")
    principal: str = named("principal")
    teacher: str = named("teacher")
    stranger: str = named("stranger")


async def small_setting(district: District) -> Setting:
    made = Setting(district)
    async with district.client() as http:
        for name, kind, parent in (("d", "district", None), ("north", "school", "d"), ("south", "school", "d")):
            body = {"name": name, "type": kind, "parent_id": parent and named(parent)}
            assert (await http.put(f"/v1/orgs/{named(name)}", json=body)).status_code == 201
        for name, role, org in (
            ("principal", "principal", "north"), ("teacher", "teacher", "north"), ("stranger", "teacher", "south"),
        ):  # fmt: skip
            body = {"given_name": name, "family_name": "Test", "roles": [{"role": role, "org_id": named(org)}]}
            answer = await http.put(f"/v1/people/{named(name)}", json=body)
            assert answer.status_code == 201, answer.text
    await district.stack.settle()
    return made


async def put(http: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 201, **headers: str) -> Any:
    answer = await http.put(path, json=body, headers={name.replace("_", "-"): v for name, v in headers.items()})
    assert answer.status_code == status, answer.text
    return answer.json()
