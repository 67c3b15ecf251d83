"""What the job reads and writes of erasures; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.erasures.errors import PersonErased, UnderLegalHold
from services.districts.erasures.models import ErasedIdentifier, Erasure
from services.districts.legal_holds.records import find_hold
from shared.access.policies import ERASURES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[Erasure]:
    return select(Erasure).where(col(Erasure.district_id) == who.district_id, allowed(ERASURES, who, Columns(Erasure)))


async def get_erasure(unit: Unit, erasure_id: UUID, *, lock: bool = False) -> Erasure:
    return await load(unit, visible_to(unit.who).where(col(Erasure.id) == erasure_id), lock=lock)


async def check_not_held(unit: Unit, people: Sequence[UUID]) -> None:
    hold = await find_hold(unit, people)
    if hold is not None:
        raise UnderLegalHold(f"held since {hold.created_at.date()}: {hold.reason}", legal_hold_id=hold.id)


async def check_not_erased(unit: Unit, person_id: UUID) -> None:
    """Refuse to bring back by hand whom an erasure took out."""
    statement = select(ErasedIdentifier).where(
        col(ErasedIdentifier.district_id) == unit.district_id, col(ErasedIdentifier.person_id) == person_id
    ).limit(1)  # fmt: skip
    if (await unit.session.execute(statement)).first() is not None:
        raise PersonErased
