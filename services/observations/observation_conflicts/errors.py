from typing import Any

from shared.errors import Conflict

_NEXT = {
    "open": "keep the save; once the conflict is resolved, read the observation and send the next one from there",
    "resolved": "it is resolved: read the observation, take over what was chosen and send the next save from there",
}


class ObservationConflicts(
    Conflict, title="Somebody else changed the same fields meanwhile: both are kept, choose one"
):
    def __init__(self, state: str, **extensions: Any) -> None:
        super().__init__(f"{_NEXT[state]}, with its `version` as base_version", **extensions)


class ConflictResolved(Conflict, title="Somebody has chosen already"):
    pass
