"""Vocabularies that a district may extend: our words, or `ext:` and its own, as OneRoster does it."""

from collections.abc import Iterable

EXTENSION = r"ext:[A-Za-z0-9._-]{1,80}"


def words(known: Iterable[str]) -> str:
    """Give the pattern of a vocabulary that may be extended."""
    return rf"^({'|'.join(known)}|{EXTENSION})$"
