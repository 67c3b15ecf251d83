"""Rosters that go on to name both after a merge, or either, or neither."""

from shared.testing.stack import District
from tests.districts.merges.asking import merge, unmerge
from tests.districts.rosters import accept, csv_zip, read_all

USERS = "sourcedId,enabledUser,givenName,familyName,identifier,email\n"
ROLES = "sourcedId,userSourcedId,roleType,role,orgSourcedId\n"


def night(*users: str, family: str = "Ek", **more: str) -> bytes:
    """Make one night's bulk files of these users, each a teacher of the one school."""
    return csv_zip(
        orgs="sourcedId,name,type\no,North,school\n",
        users=USERS + "".join(f"{user},true,Ada,{family},n-{user},\n" for user in users),
        roles=ROLES + "".join(f"r-{user},{user},primary,teacher,o\n" for user in users), **more,
    )  # fmt: skip


async def known(district: District, sourced_id: str) -> list[str]:
    return [row["id"] for row in await read_all(district, "/v1/people", external_id=f"oneroster:{sourced_id}")]


async def applied(district: District, content: bytes) -> None:
    """Upload; say yes where the brake holds it, for in a school of a few everything is more than a tenth."""
    async with district.client() as http:
        answer = await http.post("/v1/roster-imports", content=content, headers={"Content-Type": "application/zip"})
        await district.stack.settle()
        done = (await http.get(answer.headers["Location"])).json()
    if done["state"] == "held":
        await accept(district, done)
    else:
        assert done["state"] == "applied", done


async def test_every_night_goes_on_to_name_both(district: District) -> None:
    await applied(district, night("a", "b", "c"))
    (a,), (b,) = await known(district, "a"), await known(district, "b")
    async with district.client() as http:
        assert (await merge(http, a, b)).status_code == 200
        await applied(district, night("a", "b", "c", family="Ny"))  # everything of everybody is news
        assert (await known(district, "a"), await known(district, "b")) == ([b], [b])
        read = (await http.get(f"/v1/people/{a}")).json()
        assert (read["id"], read["family_name"], len(read["roles"])) == (b, "Ny", 2)
        assert len(await read_all(district, "/v1/people")) == 2

        await applied(district, night("b", "c", family="Ny"))  # the SIS mended it: the duplicate is gone
        assert (await known(district, "a"), await known(district, "b")) == ([b], [b])
        assert len((await http.get(f"/v1/people/{b}")).json()["roles"]) == 1
        await applied(district, night("a", "c", family="Ny"))  # or it kept the other one
        assert (await known(district, "a"), await known(district, "b")) == ([b], [b])
        read = (await http.get(f"/v1/people/{b}")).json()
        assert (read["archived_at"], len(read["roles"])) == (None, 1)
        assert len(await read_all(district, "/v1/people")) == 2

        undone = await unmerge(http, a)
        assert undone.status_code == 200, undone.text
        # Whom the source did not name any more is without a role, hence no staff, until it names them again.
        assert (await known(district, "a"), await known(district, "b")) == ([a], [])
        await applied(district, night("a", "b", "c", family="Ok"))
        assert (await known(district, "a"), await known(district, "b")) == ([a], [b])
        for person in (a, b):
            read = (await http.get(f"/v1/people/{person}")).json()
            assert (read["id"], read["family_name"], len(read["roles"])) == (person, "Ok", 1)


async def test_a_merged_person_is_withdrawn_for_good_by_the_source(district: District) -> None:
    await applied(district, night("a", "b", "c"))
    (a,), (b,) = await known(district, "a"), await known(district, "b")
    async with district.client() as http:
        assert (await merge(http, a, b)).status_code == 200
        await applied(district, night("b", "c"))
        back = await unmerge(http, a)
        assert back.status_code == 200, back.text
        assert back.json()["archived_at"] is not None
        users = (await http.get("/ims/oneroster/rostering/v1p2/users")).json()["users"]
        assert {user["sourcedId"]: user["status"] for user in users}["a"] == "tobedeleted"


async def test_the_same_bytes_are_news_after_an_unmerge(district: District) -> None:
    await applied(district, night("a", "b", "c"))
    (a,), (b,) = await known(district, "a"), await known(district, "b")
    twice = night("a", "b", "c", userProfiles="sourcedId,userSourcedId,profileType,vendorId\nf,a,lms,v\n")
    async with district.client() as http:
        assert (await merge(http, a, b)).status_code == 200
        await applied(district, twice)  # while they are one, the profile is b's
        assert (await unmerge(http, a)).status_code == 200
        await applied(district, twice)
        users = (await http.get("/ims/oneroster/rostering/v1p2/users")).json()["users"]
    assert {user["sourcedId"] for user in users if "userProfiles" in user} == {"a"}
