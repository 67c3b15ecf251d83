"""A synthetic school year, played through the public API. It imports no service: what it can do, anybody can."""
