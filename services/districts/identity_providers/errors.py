from shared.errors import Conflict, Unavailable


class IssuerTaken(Conflict, title="Another identity provider of the district has this issuer"):
    pass


class IdentityProviderAway(Unavailable, title="The identity provider's keys cannot be read right now"):
    pass


class IdTokenRefused(Exception):
    """It does not show who somebody is; the text says why, and repeats nothing of the token."""
