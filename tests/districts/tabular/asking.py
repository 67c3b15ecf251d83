"""Tables out and in, as the tests of them ask."""

from typing import Any

from shared.testing.stack import District

CSV = {"Content-Type": "text/csv"}


async def export_of(district: District, noun: str, **parameters: str) -> str:
    async with district.client() as http:
        answer = await http.get(f"/v1/{noun}/export", params=parameters)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/csv"), answer.text
    return answer.text


async def take_in(district: District, noun: str, content: str | bytes) -> dict[str, Any]:
    """Hand a file in, wait for its job if it is a large one, and give what became of the rows."""
    async with district.client() as http:
        answer = await http.post(f"/v1/{noun}/import", content=content, headers=CSV)
        told: dict[str, Any] = answer.json()
        if answer.status_code == 202:
            await district.stack.settle()
            told = (await http.get(answer.headers["Location"])).json()["result"]
    assert answer.status_code in {200, 202}, answer.text
    return told


def counts(told: dict[str, Any]) -> tuple[int, int, int, int]:
    return told["created"], told["changed"], told["unchanged"], told["rejected"]
