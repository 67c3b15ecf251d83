from uuid import UUID

from sqlmodel import col

from services.observations.expectations.materialising import follow
from services.observations.prior_ratings.models import PriorRating
from services.observations.prior_ratings.queries import visible_to
from services.observations.prior_ratings.schemas import PriorRatingWrite
from shared.errors import Forbidden
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_prior_rating(unit: Unit, rating_id: UUID, body: PriorRatingWrite) -> PriorRating:
    values = body.model_dump()
    stored = await stored_row(unit, PriorRating, visible_to(unit.who), rating_id)
    if done := repeated(unit, stored, values):
        return done
    _may_say(unit, body.school_id)
    before = stored.teacher_id if stored else body.teacher_id
    row, changed = await put_row(unit, PriorRating, rating_id, stored, values)
    return await _told(unit, row, changed, {before, row.teacher_id})


async def get_prior_rating(unit: Unit, rating_id: UUID, *, lock: bool = False) -> PriorRating:
    return await load(unit, visible_to(unit.who).where(col(PriorRating.id) == rating_id), lock=lock)


async def archive_prior_rating(unit: Unit, rating_id: UUID) -> PriorRating:
    row = await get_prior_rating(unit, rating_id, lock=True)
    _may_say(unit, row.school_id)
    return await _told(unit, row, archive_row(unit, row), {row.teacher_id})


def _may_say(unit: Unit, school_id: UUID) -> None:
    person = unit.who.person
    if person is not None and school_id not in person.administered_orgs:
        raise Forbidden("a rating is said by the system that made it, or by who administers the school")


async def _told(unit: Unit, row: PriorRating, changed: tuple[str, ...], people: set[UUID]) -> PriorRating:
    """Tell of it, and let what is expected of these people follow."""
    state = {"id": row.id, "version": row.version, "archived": row.archived_at is not None}
    announce(unit, "prior_rating.changed", "prior-ratings", row, state, changed)
    if changed:
        await unit.session.flush()
        await follow(unit.connection, unit.district_id, unit.now, people)
    return show(unit, row)
