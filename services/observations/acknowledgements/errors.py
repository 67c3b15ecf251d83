from shared.errors import Conflict


class NotToBeAcknowledged(Conflict, title="Only a version that is published and not retired can be acknowledged"):
    pass
