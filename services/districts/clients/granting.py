"""Nobody hands out what they do not have themselves: by a client, a secret of one, or an agreement."""

from collections.abc import Sequence

from services.districts.clients import rules
from shared.errors import Forbidden, Invalid
from shared.units import Unit


def check_scopes(scopes: Sequence[str]) -> None:
    if errors := rules.unknown(scopes):
        raise Invalid(errors=errors)


def check_grant(unit: Unit, scopes: Sequence[str]) -> None:
    check_scopes(scopes)
    if missing := rules.beyond(scopes, unit.who.scopes):
        raise Forbidden(f"a client cannot give what it does not have: {' '.join(missing)}", scopes=missing)
