from shared.access import ended_tokens
from shared.testing.stack import District, token_of

CLIENT = {"name": "warehouse", "scopes": ["roster.read", "clients.read", "audit.read"]}


async def test_a_revoked_client_is_let_in_nowhere_and_gets_no_token(district: District, monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)
    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        token = await token_of(district.stack, made["client_id"], made["client_secret"])
        async with district.client(token=token) as theirs:
            for service in ("districts", "observations", "coaching", "analytics"):
                assert (await theirs.get(f"/v1/audit-events/{service}")).status_code == 200
            revoked = await http.post(f"/v1/clients/{made['id']}/revoke", headers={"If-Match": '"1"'})
            assert revoked.status_code == 200, revoked.text
            await district.stack.settle()
            for service in ("districts", "observations", "coaching", "analytics"):
                refused = await theirs.get(f"/v1/audit-events/{service}")
                assert refused.status_code == 401, service
                assert "revoked" in refused.json()["detail"]
        assert (await http.get("/v1/clients")).status_code == 200
