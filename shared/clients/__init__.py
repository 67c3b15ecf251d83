"""Typed calls to each service, one function for each call that is really used."""
