"""Where the row that an event tells of can be read as it is now."""

from typing import Any
from uuid import UUID

WITHOUT_ADDRESS = frozenset(
    {"client-secrets", "credits", "data-use-policies", "districts", "observation-policies", "tokens"}
)  # not read one by one


def link_of(public_url: str, row: dict[str, Any]) -> str | None:
    entity, entity_id = str(row["entity"]), row["entity_id"]
    if not isinstance(entity_id, UUID) or entity in WITHOUT_ADDRESS:
        return None
    return f"{public_url}/v1/{entity.replace('_', '-')}/{entity_id}"
