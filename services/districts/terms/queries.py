from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.rostered import by_external_id
from services.districts.terms.models import Term
from services.districts.terms.schemas import TermQuery
from shared.access.policies import TERMS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Term]:
    return select(Term).where(col(Term.district_id) == who.district_id, allowed(TERMS, who, Columns(Term)))


def found(who: Principal, query: TermQuery) -> Select[Term]:
    statement = by_external_id(filtered(visible_to(who), Term, query), Term, query)
    for name in (
        "type",
        "school_year",
        "parent_id",
    ):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(Term, name) == value)
    if query.on is not None:
        statement = statement.where(col(Term.start_date) <= query.on, col(Term.end_date) >= query.on)
    return statement
