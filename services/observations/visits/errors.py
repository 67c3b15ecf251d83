from shared.errors import Conflict


class StillBlind(Conflict, title="Not all observers of this visit have submitted: until then each rates by herself"):
    pass


class VisitRated(Conflict, title="Somebody has rated this visit already: what was looked at with what stays"):
    pass


class RatesAlready(Conflict, title="That observer rates this visit already, with a rating of her own"):
    pass
