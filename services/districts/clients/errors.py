from shared.errors import Conflict


class ClientRevoked(Conflict, title="The client is revoked, which is for good; make another"):
    pass
