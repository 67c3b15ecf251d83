"""What the nouns of the roster share: the ids of other systems, how rows are found by one and how they are changed."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field
from sqlalchemy import Select, and_, or_
from sqlmodel import col

from services.districts.tables import Rostered
from shared.errors import FieldError, Invalid
from shared.paging import ResourceQuery
from shared.wire import MOST_IDS
from shared.writes import merge_patch

R = TypeVar("R", bound=Rostered)
ONEROSTER = "oneroster"


class RosterQuery(ResourceQuery):
    external_id: Annotated[
        str | None,
        Field(max_length=400, description="`system:id`; the system `oneroster` is the sourcedId of the roster"),
    ] = None


def by_external_id(
    statement: Select[R], model: type[R], query: RosterQuery, former: Select[Any] | None = None
) -> Select[R]:
    """Narrow to the row that another system knows by this id; `former` has ids of the roster's source until now."""
    if query.external_id is None:
        return statement
    system, colon, identifier = query.external_id.partition(":")
    if not colon or not identifier or "\x00" in identifier or "\x00" in system:
        raise Invalid(errors=[FieldError("#/query/external_id", "malformed", "must be system:id")])
    if system == ONEROSTER:
        now = col(model.sourced_id) == identifier
        if former is None:
            return statement.where(now)
        earlier = former.where(former.selected_columns["sourced_id"] == identifier)
        return statement.where(
            or_(now, col(model.id).in_(earlier.with_only_columns(former.selected_columns["person_id"])))
        )
    external_ids: Any = getattr(model, "external_ids", None)
    if external_ids is None:
        raise Invalid(errors=[FieldError("#/query/external_id", "unknown", "only oneroster:<sourcedId> is known here")])
    # The second condition is the index's own.
    return statement.where(and_(external_ids.contains({system: identifier}), external_ids != {}))


def with_ids_merged(values: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, Any]:
    """Give what a merge patch says with its external_ids merged into those that are stored."""
    if "external_ids" not in values:
        return dict(values)
    merged = merge_patch(stored, values["external_ids"])
    if len(merged) > MOST_IDS:
        raise Invalid(errors=[FieldError("#/external_ids", "too_long", f"a row has at most {MOST_IDS} of them")])
    return {**values, "external_ids": merged}
