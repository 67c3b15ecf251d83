"""Who is staff of some organisations today, as SQL, from a service's local copies of the roster."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Select, or_, select, union, union_all

from shared.access.principals import Principal


def staff_of(tables: MetaData, schema: str, who: Principal, orgs: Collection[UUID], *more: Any) -> Select[UUID]:
    """Select the ids, duplicates' too, of those who teach, work or lead in one of these organisations on the day of the
    acting person; with `more` tables whose rows tie a person to an organisation as well."""
    people = tables.tables[f"{schema}.copied_people"].c
    ties = (tables.tables[f"{schema}.copied_relationships"].c, *more)
    staff = union_all(*(_held(tie, who, orgs) for tie in ties)).subquery()
    every = select(staff.c[0])
    # Whoever is merged is the same as the other, in both directions.
    themselves = select(people.merged_into).where(people.district_id == who.district_id, people.id.in_(every))
    known = union(every, themselves.where(people.merged_into.is_not(None))).subquery()
    all_known = select(known.c[0])
    merged = select(people.id).where(people.district_id == who.district_id, people.merged_into.in_(all_known))
    return select(union_all(all_known, merged).subquery().c[0])


def _held(tie: Any, who: Principal, orgs: Collection[UUID]) -> Select[UUID]:
    day = who.person.day if who.person else date.min
    return select(tie.person_id).where(
        tie.district_id == who.district_id,
        tie.org_id.in_(sorted(orgs)),
        tie.archived.is_(False),
        or_(tie.begin_date.is_(None), tie.begin_date <= day),
        or_(tie.end_date.is_(None), tie.end_date >= day),
    )
