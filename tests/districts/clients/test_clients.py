from shared.testing.stack import District


async def test_a_client_is_made_listed_and_read_without_its_secret(district: District) -> None:
    async with district.client() as http:
        made = await http.post("/v1/clients", json={"name": "warehouse", "scopes": ["roster.read", "events.read"]})
        assert made.status_code == 201, made.text
        body = made.json()
        assert body["scopes"] == ["events.read", "roster.read"]
        assert made.headers["ETag"] == '"1"'
        read = await http.get(made.headers["Location"])
        assert read.json() == {k: v for k, v in body.items() if k != "client_secret"}
        listed = await http.get("/v1/clients")
        assert {c["name"] for c in listed.json()["data"]} == {"tests", "warehouse"}
        assert body["client_secret"] not in read.text + listed.text
