"""What other services keep of a duplicate is found under either id of the person."""

from uuid import UUID

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.merges.asking import merge, twin_of, unmerge
from tests.districts.rosters import read_all
from tests.districts.setting import small_setting

FILTERS = {
    "observations": ("teacher_id", "observer_id"), "feedback": ("teacher_id", "observer_id"), "visits": ("teacher_id",),
    "acknowledgements": ("person_id",), "expectations": ("teacher_id",), "feedback-targets": ("teacher_id",),
    "lane-balances": ("teacher_id",), "prior-ratings": ("teacher_id",), "goals": ("owner_id",),
    "coaching-cycles": ("coach_id", "coachee_id"), "credits": ("person_id",),
}  # fmt: skip


async def test_lists_find_what_is_said_of_either(district: District) -> None:
    setting = await small_setting(district)
    twin = await twin_of(setting, {"role": "teacher", "org_id": setting.north})
    await district.stack.settle()
    seen = str(new_id())
    body = {
        "id": seen, "purpose": "coaching", "type": "informal", "teacher_id": twin, "school_id": setting.north,
        "scheduled_at": "2030-01-07T14:00:00Z",
    }  # fmt: skip
    async with district.client(UUID(setting.principal)) as http:
        made = await http.post("/v1/observations", json=body)
        assert made.status_code == 201, made.text
    async with district.client() as http:
        assert await read_all(district, "/v1/observations", teacher_id=setting.teacher) == []
        assert (await merge(http, twin, setting.teacher)).status_code == 200
        await district.stack.settle()
        for person in (twin, setting.teacher):
            found = await read_all(district, "/v1/observations", teacher_id=person)
            assert [row["id"] for row in found] == [seen]
            for noun, names in FILTERS.items():
                for name in names:
                    answer = await http.get(f"/v1/{noun}", params={name: person})
                    assert answer.status_code == 200, answer.text
        assert await read_all(district, "/v1/observations", teacher_id=setting.stranger) == []
        assert (await unmerge(http, twin)).status_code == 200
        await district.stack.settle()
        assert await read_all(district, "/v1/observations", teacher_id=setting.teacher) == []
