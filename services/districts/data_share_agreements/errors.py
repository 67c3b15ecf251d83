from shared.errors import Conflict


class AgreementSigned(Conflict, title="A signed agreement does not change: revoke it and make another"):
    pass
