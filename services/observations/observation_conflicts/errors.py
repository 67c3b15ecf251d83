from shared.errors import Conflict


class ObservationConflicts(
    Conflict, title="Somebody else changed the same fields meanwhile: both are kept, choose one"
):
    pass


class ConflictResolved(Conflict, title="Somebody has chosen already"):
    pass
