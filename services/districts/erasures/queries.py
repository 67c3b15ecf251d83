from sqlalchemy import Select, true
from sqlmodel import col

from services.districts.erasures.models import Erasure
from services.districts.erasures.records import visible_to
from services.districts.erasures.schemas import ErasureQuery
from shared.access.principals import Principal


def found(who: Principal, query: ErasureQuery) -> Select[Erasure]:
    return visible_to(who).where(
        col(Erasure.person_id) == query.person_id if query.person_id else true(),
        col(Erasure.state) == query.state if query.state else true(),
    )
