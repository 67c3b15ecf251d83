"""What changed: facts drawn from the other services' feeds, measures with n and interval, throughlines.

It refuses to publish a number without its n, interval and method version, and to rank people.
"""

PREFIXES = (
    "/v1/measures",
    "/v1/throughlines",
)
