from shared.errors import Conflict, Forbidden


class EvidenceCited(Conflict, title="Feedback stands on it: take it out of the feedback first"):
    pass


class NotTheAuthor(Forbidden, title="Only its author may change it"):
    pass
