from shared.errors import Conflict


class PLSessionNotPlanned(Conflict, title="The session was delivered or cancelled already"):
    pass
