"""Why a relationship holds or does not: read from the roles, the imports, the audit log and its like."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.districts.relationships import queries, rules
from services.districts.relationships.deriving import KINDS, LEADING
from services.districts.relationships.models import Relationship
from services.districts.relationships.rules import Kind
from services.districts.relationships.schemas import (
    ChangeReason,
    OtherRelationship,
    RelationshipWhy,
    RoleGrantReason,
    RoleReason,
)
from services.districts.tables import ROSTER
from shared.units import Unit

_LATEST = 20


async def explain(unit: Unit, row: Relationship) -> RelationshipWhy:
    others = [(other, _other(other)) for other in await queries.same(unit, row.id, row.model_dump())]
    mine = queries.span_of(row)
    near = [(other, shown) for other, shown in others if other.denied or mine.overlaps(queries.span_of(other))]
    said = row.archived_at is None or row.denied
    why = RelationshipWhy(
        relationship_id=row.id,
        source=row.source,
        precedence=rules.precedence(row.source),
        holds=row.archived_at is None and mine.overlaps(rules.Span(unit.now.date(), unit.now.date())),
        begin_date=row.begin_date,
        end_date=row.end_date,
        archived_at=row.archived_at,
        denied=row.denied,
        roles=await _roles(unit, row),
        role_grants=await _grants(unit, row),
        roster_import_id=await _import(unit, row),
        changes=await _changes(unit, row.id),
        overrides=[shown for other, shown in near if said and other.source == ROSTER != row.source],
        overridden_by=[
            shown
            for other, shown in near
            if row.source == ROSTER != other.source and (other.archived_at is None or other.denied)
        ],
        sentences=[],
    )
    return why.model_copy(update={"sentences": sentences(why, unit.now.date())})


def sentences(why: RelationshipWhy, today: date) -> list[str]:
    said = [_origin(why), f"It is dated {rules.Span.of(why.begin_date, why.end_date)}."]
    if why.denied:
        said.append("It was withdrawn by hand although roles give it, so no roster brings it back; restore lifts that.")
    elif why.archived_at is not None:
        ended = f"It was ended on {why.archived_at.date()}"
        gave_way = f": {_named(why.overridden_by)} was said by hand and goes before it."
        said.append(ended + (gave_way if why.overridden_by else "."))
    elif why.begin_date is not None and why.begin_date > today:
        said.append("It has not begun.")
    elif why.end_date is not None and why.end_date < today:
        said.append("Its last day is past.")
    else:
        said.append("It holds today.")
    if why.overrides:
        said.append(f"It goes before {_named(why.overrides)}, which roles gave.")
    return said


def _origin(why: RelationshipWhy) -> str:
    if why.source == ROSTER:
        return _derived(why)
    client = f" by the client {why.changes[0].client_id} on {why.changes[0].at.date()}" if why.changes else ""
    return f"It was last said by hand{client}; that goes before what any roster says."


def _derived(why: RelationshipWhy) -> str:
    roles = ", ".join(dict.fromkeys(role.role for role in why.roles))
    grants = ", ".join(dict.fromkeys(grant.role for grant in why.role_grants))
    if grants:
        beside = f" and from the role {roles}" if roles else ""
        return f"It follows from the role grant {grants}{beside} and ends with it; no roster changes a grant."
    given = f"the role {roles}" if roles else "a role or role grant that is no longer active"
    return f"It follows from {given} and ends with it; the roster's source decides."


def _named(others: Sequence[OtherRelationship]) -> str:
    return ", ".join(str(other.id) for other in others)


def _other(row: Relationship) -> OtherRelationship:
    return OtherRelationship.model_validate(row.model_dump() | {"precedence": rules.precedence(row.source)})


async def _roles(unit: Unit, row: Relationship) -> list[RoleReason]:
    names = [role for role, kind in KINDS.items() if kind == row.kind]
    rows = await unit.connection.fetch(
        """select id as role_id, role, begin_date, end_date, source from districts.roles
           where district_id = $1 and person_id = $2 and org_id = $3 and role = any($4) and role <> 'student'
             and archived_at is null order by begin_date nulls first, id""",
        unit.district_id,
        row.person_id,
        row.org_id,
        names,
    )
    return [RoleReason(**role) for role in rows]


async def _grants(unit: Unit, row: Relationship) -> list[RoleGrantReason]:
    if row.kind != Kind.LEADS:
        return []
    rows = await unit.connection.fetch(
        f"""select g.id as role_grant_id, g.role, g.begin_date, g.end_date
            from districts.role_grants g join districts.orgs o on o.district_id = $1 and o.id = g.org_id
            where g.district_id = $1 and g.person_id = $2 and g.org_id = $3 and g.archived_at is null and {LEADING}
            order by g.begin_date, g.id""",
        unit.district_id,
        row.person_id,
        row.org_id,
    )
    return [RoleGrantReason(**grant) for grant in rows]


async def _import(unit: Unit, row: Relationship) -> UUID | None:
    """Find the import by its moment: all that an import writes bears the time of its transaction."""
    found: UUID | None = await unit.connection.fetchval(
        "select id from districts.roster_imports where district_id = $1 and applied_at = any($2) order by id desc",
        unit.district_id,
        [row.created_at, row.updated_at],
    )
    return found


async def _changes(unit: Unit, relationship_id: UUID) -> list[ChangeReason]:
    rows = await unit.connection.fetch(
        """select at, client_id, person_id, request_id,
                  array(select jsonb_array_elements_text(fields -> 'changed')) as changed
           from districts.audit_events
           where district_id = $1 and entity = 'relationships' and entity_id = $2 and action = 'relationship.changed'
           order by id desc limit $3""",
        unit.district_id,
        relationship_id,
        _LATEST,
    )
    return [ChangeReason(**row) for row in rows]
