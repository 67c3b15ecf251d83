from shared.errors import Conflict


class RoleGrantMoveRefused(Conflict, title="The grant cannot make that move now"):
    """`state` is where it is, `possible` names the verbs that it takes."""
