"""What 1.1 says otherwise than 1.2, of the same rows."""

from urllib.parse import quote

from shared.testing.stack import District, token_of
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.oneroster.standard import SCOPE, V1P1
from tests.districts.oneroster.test_contract import read
from tests.districts.rosters import upload


async def test_a_user_has_one_role_and_organisations(district: District) -> None:
    await upload(district, sample())
    async with district.client() as http:
        users = {row["sourcedId"]: row for row in (await read(http, f"{V1P1.prefix}/users")).json()["users"]}
        roles = {sourced_id: row["role"] for sourced_id, row in users.items()}
        assert roles == {ODD: "student", "u2": "student", "u3": "student", "t1": "teacher", "h1": "administrator",
                         "p1": "parent"}  # fmt: skip
        assert [org["sourcedId"] for org in users["t1"]["orgs"]] == ["S/1", "s2"]
        one = await read(http, f"{V1P1.prefix}/users/{quote(ODD, safe='')}", fields="role,orgs")
        assert one.json()["user"]["role"] == "student"
        href = one.json()["user"]["orgs"][0]["href"]
        assert href == "http://127.0.0.1:8000/ims/oneroster/v1p1/orgs/S%2F1"
        for condition, expected in {
            "role='administrator'": ["h1"], "role='aide'": ["t1"], "role='parent'": ["p1"],
            "roles.role='principal'": ["h1"],
        }.items():  # fmt: skip
            found = (await read(http, f"{V1P1.prefix}/users", filter=condition)).json()["users"]
            assert [row["sourcedId"] for row in found] == expected, condition
        orgs = {row["sourcedId"]: row["type"] for row in (await read(http, f"{V1P1.prefix}/orgs")).json()["orgs"]}
        assert orgs["x1"] == "local"
        told = (await read(http, f"{V1P1.prefix}/demographics/u3")).json()["demographics"]
        assert "sex" not in told


async def test_scopes_of_1_1_may_be_asked_with_http(district: District) -> None:
    old = SCOPE.replace("v1p2", "v1p1").replace("https", "http")
    token = await token_of(district.stack, district.client_id, district.client_secret, f"{old}roster-core.readonly")
    async with district.client(token=token) as http:
        assert (await http.get(f"{V1P1.prefix}/users")).status_code == 200
        assert (await http.get("/ims/oneroster/rostering/v1p2/users")).status_code == 403
