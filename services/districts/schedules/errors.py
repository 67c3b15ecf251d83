from shared.errors import Conflict, Forbidden


class ScheduleArchived(Conflict, title="This schedule was put away"):
    pass


class ScheduleLostItsRights(Forbidden, title="Who made this schedule may not do any more what it does"):
    """Put it again, by a client that may."""
