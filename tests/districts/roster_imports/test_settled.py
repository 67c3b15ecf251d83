"""A file that comes again as it was is not read, and what comes of it is what reading it would have given."""

import io
import zipfile
from typing import Any

import pytest

from services.districts.roster_imports import importing
from services.districts.roster_imports.staging import stage
from shared.testing.stack import District
from tests.districts.rosters import read_all, upload, zipped


def edited(roster: bytes, **changes: tuple[str, str] | None) -> bytes:
    """Replace text in files of a zip, or leave a file out; the others keep their packed bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(roster)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            change = changes.get(member.filename.removesuffix(".csv"), ("", ""))
            if change is not None:
                text = old.read(member).decode()
                assert change[0] in text
                new.writestr(member, text.replace(*change), zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which files are staged, in passing."""
    names: list[str] = []

    async def noted(connection: Any, archive: Any, name: str) -> Any:
        names.append(name)
        return await stage(connection, archive, name)

    monkeypatch.setattr(importing, "stage", noted)
    return names


async def test_only_the_file_that_changed_is_read(district: District, read: list[str]) -> None:
    first = await upload(district, edited(zipped()))
    read.clear()
    done = await upload(district, edited(zipped(changed=0.2)))
    assert read == ["users"]
    assert done["files"]["users"]["changed"] > 0
    others = {name: file for name, file in done["files"].items() if name != "users"}
    was = {name: file for name, file in first["files"].items() if name != "users"}
    assert others == {n: f | {"unchanged": f["new"], "new": 0} for n, f in was.items()}
    read.clear()
    await upload(district, edited(zipped()))
    assert read == ["users"], "what was settled before stays so"


async def test_the_roles_of_11_are_in_its_users(district: District, read: list[str]) -> None:
    first = await upload(district, edited(zipped(version="1.1")))
    read.clear()
    done = await upload(district, edited(zipped(version="1.1"), orgs=("School 1", "School One")))
    assert read == ["orgs"]
    roles = first["files"]["roles"]
    assert done["files"]["roles"] == roles | {"new": 0, "unchanged": roles["new"]}


async def test_a_reference_that_may_resolve_one_day_keeps_a_file_open(district: District, read: list[str]) -> None:
    roster = zipped()
    [seat] = [s for s in await _classes(district, roster) if s["class_code"].endswith("-0")][:1]
    without = edited(roster, classes=(seat["sourced_id"], "another"))
    done = await upload(district, without)
    assert done["files"]["enrollments"]["rejected"] > 0
    read.clear()
    done = await upload(district, roster)
    assert "enrollments" in read
    assert done["files"]["enrollments"]["rejected"] == 0
    assert done["files"]["enrollments"]["new"] > 0


async def _classes(district: District, roster: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(roster)) as archive:
        rows = archive.read("classes.csv").decode().splitlines()
    at = rows[0].split(",").index("classCode")
    return [{"sourced_id": row.split(",")[0], "class_code": row.split(",")[at]} for row in rows[1:]]


async def test_a_delta_settles_nothing(district: District, read: list[str]) -> None:
    roster = edited(zipped())
    await upload(district, roster)
    await upload(district, zipped(kind="delta", changed=0.2))
    read.clear()
    done = await upload(district, roster)
    assert set(read) >= {"users", "enrollments"}
    assert done["files"]["enrollments"]["changed"] > 0, "those that the delta ended are back"
    assert all(not p["family_name"].endswith("-Renamed") for p in await read_all(district, "/v1/people"))


async def test_after_a_revert_the_files_of_before_are_known(district: District, read: list[str]) -> None:
    first, second = edited(zipped()), edited(zipped(changed=0.2))
    await upload(district, first)
    done = await upload(district, second)
    async with district.client() as http:
        answer = await http.post(f"/v1/roster-imports/{done['id']}/revert", headers={"If-Match": "*"})
        assert answer.status_code == 202, answer.text
        await district.stack.settle()
    read.clear()
    again = await upload(district, second)
    assert read == ["users"]
    assert again["files"]["users"]["changed"] == done["files"]["users"]["changed"]
