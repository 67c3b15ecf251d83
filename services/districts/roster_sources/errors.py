from shared.errors import AppError, Conflict


class RosterSourceArchived(Conflict, title="This source is put away and is asked no more"):
    pass


class RosterSecretUnreadable(AppError, status=409, title="The source's secret cannot be read: give it again"):
    """The key that it was sealed with is not among those of the settings."""
