from shared.errors import Conflict, Forbidden


class EvidenceClosed(Conflict, title="The observation is locked or ended: its evidence stays as it is"):
    pass


class NotTheAuthor(Forbidden, title="Only its author may change it"):
    pass
