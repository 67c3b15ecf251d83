from shared.errors import Conflict


class RelationshipOverlaps(Conflict, title="They are that to each other in that time already"):
    pass


class RelationshipNotWithdrawn(Conflict, title="It was not archived, so there is nothing to restore"):
    pass
