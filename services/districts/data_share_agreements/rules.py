"""What an agreement may give, and what holds of several. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.districts.clients.rules import held
from shared.access.scopes import ALL, ONEROSTER
from shared.errors import FieldError

# What would outlive the agreement, give rights, act for people, read who did what, or carry everybody off at once.
NEVER = frozenset(
    {
        ALL, "clients.read", "clients.write", "partners.read", "partners.write", "identity_providers.read",
        "identity_providers.write", "settings.write", "webhooks.read", "webhooks.write", "audit.read", "access.read",
        "own_data.read", "personal_data.export", "personal_data.read", "personal_data.erase", "act_as", "roster.write",
        f"{ONEROSTER}roster.readonly",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InForce:
    """An agreement that holds today."""

    id: UUID
    scopes: frozenset[str]
    end_date: date


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds a token of a partner's client: what it may do, what it ends with, and when it ends at the latest."""

    scopes: frozenset[str]
    ends_with: tuple[UUID, ...]
    until: datetime


def forbidden(scopes: Sequence[str]) -> list[FieldError]:
    return [
        FieldError(f"#/scopes/{place}", "forbidden", f"{scope} can be given by no agreement")
        for place, scope in enumerate(scopes)
        if scope in NEVER
    ]


def order_faults(begin_date: date, end_date: date) -> list[FieldError]:
    return [FieldError("#/end_date", "order", "must not lie before begin_date")] if end_date < begin_date else []


def bounds(
    own: Iterable[str], partner_id: UUID, agreements: Sequence[InForce], zone: ZoneInfo, now: datetime
) -> Bounds | None:
    """Bound a client by the agreements that hold today; None: none does, or they give nothing that it has.

    A token takes from all of them, so it ends with the first of them to end; the next token takes from the others.
    """
    giving = [one for one in agreements if held(one.scopes) & held(own)]
    if not giving:
        return None
    allowed = held(scope for one in giving for scope in one.scopes) - NEVER
    first = min(one.end_date for one in giving)
    until = datetime.combine(first + timedelta(days=1), time(), zone)
    return Bounds(held(own) & allowed, (partner_id, *(one.id for one in giving)), until.astimezone(now.tzinfo))
