"""A user of OneRoster has roles: one that moves makes the user another one, of whoever had it and has it now."""

from shared.testing.stack import District
from tests.districts.roster_imports.test_reverting import reverted
from tests.districts.rosters import csv_zip, upload

USERS = "/ims/oneroster/rostering/v1p2/users"
FILES = {
    "orgs": "sourcedId,name,type\no,North,school\np,South,school\n",
    "users": "sourcedId,enabledUser,givenName,familyName\na,true,Ada,Ek\nb,true,Bo,Ny\ns,true,Stu,Om\nt,true,Tea,Um\n",
}
ROLES = (
    "sourcedId,userSourcedId,roleType,role,orgSourcedId\n1,a,primary,teacher,o\n2,b,primary,teacher,o\n"
    "5,t,primary,student,o\n"
)


async def users(district: District) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Give of each user when it changed, and its roles."""
    async with district.client() as http:
        found = (await http.get(USERS)).json()["users"]
    return {
        user["sourcedId"]: (user["dateLastModified"], [(r["role"], r["org"]["sourcedId"]) for r in user["roles"]])
        for user in found
    }


async def test_whose_roles_moved_has_changed_and_nobody_else(district: District) -> None:
    await upload(district, csv_zip(**FILES, roles=f"{ROLES}3,a,secondary,aide,o\n4,s,primary,student,o\n"))
    before = await users(district)
    done = await upload(district, csv_zip(**FILES, roles=f"{ROLES}3,b,secondary,aide,o\n4,s,primary,student,p\n"))
    after = await users(district)
    assert {name: roles for name, (_, roles) in after.items()} == {
        "a": [("teacher", "o")], "b": [("teacher", "o"), ("aide", "o")], "s": [("student", "p")],
        "t": [("student", "o")],
    }  # fmt: skip
    assert {name for name in after if after[name][0] > before[name][0]} == {"a", "b", "s"}
    await reverted(district, done)
    again = await users(district)
    assert {name: roles for name, (_, roles) in again.items()} == {name: roles for name, (_, roles) in before.items()}
    assert {name for name in again if again[name][0] > after[name][0]} == {"a", "b", "s"}
