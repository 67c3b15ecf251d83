from uuid import UUID

from sqlmodel import col

from services.observations.expectations.materialising import follow
from services.observations.prior_ratings.models import PriorRating
from services.observations.prior_ratings.queries import visible_to
from services.observations.prior_ratings.schemas import PriorRatingWrite
from services.observations.staff.queries import is_staff
from shared.contracts.state import State
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_prior_rating(unit: Unit, rating_id: UUID, body: PriorRatingWrite) -> PriorRating:
    values = body.model_dump()
    stored = await stored_row(unit, PriorRating, visible_to(unit.who), rating_id)
    if done := repeated(unit, stored, values):
        return done
    await _may_say(unit, body, stored)
    before = stored.teacher_id if stored else body.teacher_id
    row, changed = await put_row(unit, PriorRating, rating_id, stored, values)
    return await _told(unit, row, changed, {before, row.teacher_id})


async def get_prior_rating(unit: Unit, rating_id: UUID, *, lock: bool = False) -> PriorRating:
    return await load(unit, visible_to(unit.who).where(col(PriorRating.id) == rating_id), lock=lock)


async def archive_prior_rating(unit: Unit, rating_id: UUID) -> PriorRating:
    row = await get_prior_rating(unit, rating_id, lock=True)
    await _may_say(unit, row)
    return await _told(unit, row, archive_row(unit, row), {row.teacher_id})


async def _may_say(unit: Unit, said: PriorRatingWrite | PriorRating, stored: PriorRating | None = None) -> None:
    """Ask of what was said before as well: who administers one school takes away nothing of another's."""
    person = unit.who.person
    if person is None:
        return
    ratings = (said, stored) if stored else (said,)
    if any(person.is_one_of(one.teacher_id) or one.school_id not in person.administered_orgs for one in ratings):
        raise Forbidden(
            "a rating is said by the system that made it, or by who administers the school; never one's own"
        )
    if isinstance(said, PriorRatingWrite) and not await is_staff(
        unit.connection, unit.district_id, said.teacher_id, said.school_id, None, unit.now.date()
    ):
        message = "was never staff of school_id"
        raise Invalid(errors=[FieldError("#/teacher_id", "not_assigned", message)])


async def _told(unit: Unit, row: PriorRating, changed: tuple[str, ...], people: set[UUID]) -> PriorRating:
    """Tell of it, and let what is expected of these people follow."""
    announce(unit, "prior_rating.changed", "prior-ratings", row, State.of(row), changed)
    if changed:
        await unit.session.flush()
        await follow(unit.connection, unit.district_id, unit.now, people)
    return show(unit, row)
