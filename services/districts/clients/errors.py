from shared.errors import Conflict


class ClientRevoked(Conflict, title="The client is revoked, which is for good; make another"):
    pass


class TwoSecretsLive(Conflict, title="The client has two secrets: revoke one before you make another"):
    pass


class LastSecret(Conflict, title="It is the client's only secret: make another first, or revoke the client"):
    pass
