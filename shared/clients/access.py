from datetime import date
from uuid import UUID

import httpx

from shared.contracts.access import DecisionsState
from shared.peers import ask


async def read_decisions(
    client: httpx.AsyncClient, owner: str, district_id: UUID, person_id: UUID, kind: str, row_id: UUID, day: date
) -> DecisionsState | None:
    """Ask a row's owner what somebody may do with it on a day, and why; None if there is no such row."""
    answer = await ask(
        client,
        f"/internal/{owner}/access",
        district_id=str(district_id),
        person_id=str(person_id),
        kind=kind,
        row_id=str(row_id),
        day=day.isoformat(),
    )
    return None if answer is None else DecisionsState.model_validate(answer)
