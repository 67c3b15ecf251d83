from shared.errors import AppError, Conflict


class RosterPullUnderWay(Conflict, title="This source is being asked already, for what changed only"):
    pass


class RosterSourceFailed(AppError, status=502, title="The source did not give what it was asked for"):
    """Whatever came before it is dropped: nothing is imported."""
