"""What was voided stays with its reason, and leaves every number."""

from datetime import timedelta

from shared.clock import now
from tests.observations.scenes import School, iso, ok, refused, step
from tests.observations.test_expectations import assignment, declare, rows, simple, tell
from tests.observations.test_feedback_targets import put, read


async def numbers(school: School) -> dict[str, object]:
    """Give all that observations count of the teacher."""
    day = str(now().date())
    await school.district.stack.settle()
    async with school.acting() as http:
        balances = ok(await http.get("/v1/lane-balances"))["data"]
        query = {"begin_date": day, "end_date": day, "school_id": str(school.id)}
        (rate,) = ok(await http.get("/v1/feedback-rates", params=query))["data"]
    (target,) = await read(school)
    (expected,) = await rows(school)
    return {
        "contacts": sum(row["n"] for row in balances), "rate": rate["total"]["events"], "given": target["given"],
        "last": target["last_given_on"], "counted": expected["observations"], "state": expected["state"],
    }  # fmt: skip


async def test_a_voided_visit_stays_and_leaves_every_number(school: School) -> None:
    for name in ("t0", "t1", "t2"):
        await school.staff.person(name, ("teaches_at", school.id))
    await tell(school, assignment(school))
    begin = str(now().date() - timedelta(days=9))
    window = {"key": "fall", "begin_date": begin, "due_date": str(now().date() + timedelta(days=9))}
    asked = simple(purpose="coaching", observations=1)
    await declare(school, asked | {"windows": [window], "begin_date": begin, "end_date": window["due_date"]})
    await put(school, "principal", begin_date=begin)
    nothing = {"contacts": 0, "rate": 0, "given": 0, "last": None, "counted": 0, "state": "open"}
    assert await numbers(school) == nothing
    at = iso(now().replace(microsecond=0) - timedelta(minutes=9))
    made = await school.record("coach", state="shared", observed_at=at)
    counted = await numbers(school)
    assert {name: counted[name] for name in ("contacts", "rate", "given", "counted", "state")} == {
        "contacts": 1, "rate": 1, "given": 1, "counted": 1, "state": "met",
    }  # fmt: skip
    async with school.acting("coach") as http:
        refused(await step(http, "void", made), 422)
        voided = ok(await step(http, "void", made, reason="The wrong room."))
        assert ok(await http.get(f"/v1/observations/{made['id']}"))["state"] == voided["state"] == "voided"
        assert voided["content"]["reason"] == "The wrong room."
    assert await numbers(school) == nothing
