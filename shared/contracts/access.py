"""What a service says of one row and one person: what the policy decides, and by which relationships."""

from uuid import UUID

from pydantic import Field

from shared.contracts.state import Promise


class DecisionState(Promise):
    """`relationships` give it; where it is refused they would, if they held: they have ended, or not begun.

    `fitting`: of what is recorded or changed, all ways that the row leaves open, to whomever.
    """

    action: str
    granted: bool
    way: str | None
    because: str | None
    relationships: list[UUID]
    is_own: bool
    fitting: list[str] = Field(default_factory=list)


class DecisionsState(Promise):
    """`is_active`: whether the person is somebody for whom a client may act."""

    is_active: bool
    decisions: list[DecisionState]
