"""An observation in one body, and what happens to it afterwards."""

from services.observations.observations.schemas import ObservationRead
from tests.observations.scenes import ok


async def test_a_whole_visit_in_one_body(school):
    sent = school.visit()
    async with school.acting("principal") as http:
        answer = await http.post("/v1/observations", json=sent)
        made = ok(answer, 201)
        assert answer.headers["etag"] == '"1"'
        ObservationRead.model_validate_json(answer.content)
        read = await http.get(f"/v1/observations/{sent['id']}")
    assert ok(read) == made
    assert made["content"]["scores"] == sent["scores"]
    assert made["content"]["script"] == sent["script"]
    assert made["content"]["feedback"] == sent["feedback"]
    assert made["observer_id"] == str(school.staff["principal"])
    assert made["state"] == "submitted"
    assert made["source"] == "live"
