"""A district whose staff is in the roster and whose teachers were observed and coached, all over HTTP."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.clock import new_id, now
from shared.testing.stack import District
from shared.testing.staff import Staff
from tests.districts.setting import named, put, small_setting
from tests.observations.scenes import Framework, School, iso, ok

SECRET = "teacher-only words"
PHASES = [{"key": "identify", "name": "Identify", "next": []}]


@dataclass
class Scene:
    district: District
    school: School
    made: dict[str, str] = field(default_factory=dict)

    @property
    def teacher(self) -> str:
        return named("teacher")

    def acting(self, name: str | None = None) -> Any:
        return self.district.client(UUID(named(name)) if name else None)

    async def settle(self) -> None:
        await self.district.stack.settle()

    async def database(self, service: str, statement: str, *given: object) -> list[Any]:
        async with self.district.stack.runtimes[service].database.transaction(self.district.id) as connection:
            return await connection.fetch(statement, *given)

    async def observed(self, teacher: str, **changes: Any) -> dict[str, Any]:
        visit = self.school.visit(teacher, **changes)
        visit["script"][0]["text"] = f"{SECRET}: script"
        visit["feedback"]["body"] = f"{SECRET}: feedback"
        visit["feedback"]["next_steps"] = [{"text": f"{SECRET}: step", "due_date": None}]
        async with self.acting("principal") as http:
            return ok(await http.post("/v1/observations", json=visit), 201)

    async def play(self) -> "Scene":
        shared = await self.observed("teacher", state="shared")
        draft = await self.observed("teacher")
        others = await self.observed("colleague", state="shared")
        self.made |= {"shared": shared["id"], "draft": draft["id"], "others": others["id"]}
        await self._coach()
        await self._more()
        await self.settle()
        return self

    async def _coach(self) -> None:
        model, cycle, self.made["goal"] = new_id(), new_id(), str(new_id())
        async with self.acting() as http:
            await put(http, f"/v1/cycle-models/{model}", {"name": "Impact", "phases": PHASES})
        body = {
            "model_id": str(model),
            "coachee_id": self.teacher,
            "org_id": named("north"),
            "focus": f"{SECRET}: focus",
        }
        async with self.acting("teacher") as http:
            await put(http, f"/v1/coaching-cycles/{cycle}", body)
            goal = {
                "level": "individual", "org_id": named("north"), "owner_id": self.teacher, "domain": "instruction",
                "title": f"{SECRET}: goal",
            }  # fmt: skip
            await put(http, f"/v1/goals/{self.made['goal']}", goal)
        self.made["cycle"] = str(cycle)

    async def _more(self) -> None:
        leave, stop, walk = str(new_id()), str(new_id()), str(new_id())
        async with self.acting() as http:
            await put(
                http, f"/v1/leaves/{leave}",
                {"person_id": self.teacher, "kind": "sick", "begin_date": "2025-01-06", "end_date": "2025-01-10"},
            )  # fmt: skip
        async with self.acting("teacher") as http:
            planned = await put(
                http, f"/v1/learning-walks/{walk}",
                {
                    "focus_question": "What works?", "school_id": named("north"), "team_ids": [self.teacher],
                    "framework_version_id": str(self.school.framework.version_id), "scheduled_at": iso(now()),
                    "look_for_ids": [str(self.school.framework.look_fors[0])],
                },
            )  # fmt: skip
            for verb in ("schedule", "start"):
                planned = ok(
                    await http.post(
                        f"/v1/learning-walks/{walk}/{verb}", json={}, headers={"If-Match": f'"{planned["version"]}"'}
                    )
                )
            await put(
                http, f"/v1/walk-stops/{stop}",
                {"walk_id": walk, "at": iso(now() - timedelta(minutes=2)), "minutes": 5, "marks": [], "evidence": []},
            )  # fmt: skip
        self.made |= {"leave": leave, "walk": walk, "stop": stop}


async def a_scene(district: District) -> Scene:
    setting = await small_setting(district)
    async with district.client() as http:
        body = {"given_name": "colleague", "family_name": "Test",
                "roles": [{"role": "teacher", "org_id": setting.north}]}  # fmt: skip
        await put(http, f"/v1/people/{named('colleague')}", body)
        patched = await http.patch(
            f"/v1/people/{setting.teacher}", headers={"If-Match": "*"},
            json={"family_name": "Unmistakable", "email": "unmistakable@example.org", "external_ids": {"hr": "HR-77"}},
        )  # fmt: skip
        assert patched.status_code == 200, patched.text
    await district.stack.settle()
    names = ("principal", "teacher", "stranger", "colleague")
    staff = Staff(district, UUID(setting.d), [UUID(setting.north), UUID(setting.south)],
                  {name: UUID(named(name)) for name in names})  # fmt: skip
    scene = Scene(district, School(district, staff, Framework()))
    framework = scene.school.framework
    async with district.client() as http:
        await put(http, f"/v1/frameworks/{framework.id}", {"name": "Teaching", "external_ids": {}})
        version = f"/v1/framework-versions/{framework.version_id}"
        drafted = await put(http, version, framework.document())
        ok(await http.post(f"{version}/publish", headers={"If-Match": f'"{drafted["version"]}"'}))
    return await scene.play()
