from enum import StrEnum


class State(StrEnum):
    PLANNED = "planned"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


def moves_from(state: str) -> list[str]:
    return {State.PLANNED: ["deliver", "cancel"], State.DELIVERED: ["deliver"]}.get(State(state), [])
