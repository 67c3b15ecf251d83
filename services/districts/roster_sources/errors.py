from shared.errors import Conflict


class RosterSourceArchived(Conflict, title="This source is put away and is asked no more"):
    pass
