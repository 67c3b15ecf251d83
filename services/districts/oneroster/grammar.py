"""What `fields` and `filter` take, as patterns for the OpenAPI document. A little narrower than what is understood."""

import re
from collections.abc import Iterable

from services.districts.oneroster.collections import Collection, Kind

_TEXT = r"'(?:[^'\x00]|'')*'"
_DAY = r"'(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])'"
_NUMBER = r"'-?\d{1,6}(?:\.\d{1,3})?'"
_ANY, _ORDERED, _SETS = "(?:!=|>=|<=|=|>|<|~)", "(?:!=|>=|<=|=|>|<)", "(?:!=|=|~)"


def fields_pattern(members: Iterable[str]) -> str:
    one = "|".join(members)
    return f"^(?:{one})(?:,(?:{one}))*$"


def filter_pattern(collection: Collection) -> str:
    """Write the grammar: one clause, or two with AND or OR between."""

    def names(*kinds: Kind) -> str:
        return "|".join(re.escape(name) for name, member in collection.members.items() if member.kind in kinds)

    clauses = [
        f"(?:{names(Kind.TEXT, Kind.ROLES, Kind.STATUS)}){_ANY}{_TEXT}",
        f"(?:{names(Kind.INSTANT, Kind.DAY)}){_ORDERED}{_DAY}",
    ]
    if numbers := names(Kind.NUMBER):
        clauses.append(f"(?:{numbers}){_ORDERED}{_NUMBER}")
    if lists := names(Kind.LIST):
        clauses.append(f"(?:{lists}){_SETS}{_TEXT}")
    clause = f"(?:{'|'.join(clauses)})"
    return f"^(?:{clause}(?: (?:AND|OR) {clause})?)?$"
