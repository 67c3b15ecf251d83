from shared.errors import Conflict, Forbidden


class EvidenceCited(Conflict, title="Feedback or a claim stands on it: take it out of there first"):
    pass


class NotTheAuthor(Forbidden, title="Only its author may change it"):
    pass
