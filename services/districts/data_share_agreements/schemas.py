from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.clients.schemas import Scope
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Name, ResourceRead, Wire


class DataShareAgreementWrite(Wire):
    partner_id: Id
    begin_date: Day = Field(description="the first day")
    end_date: Day = Field(description="the last day, in the district's time zone: access ends with it by itself")
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=100,
            description="what the partner's clients may do at most, of `GET /v1/scopes`; never `all`, nor what would "
            "outlive the agreement, give rights, act for people, read audits or export the roster",
        ),
    ]
    signed_by: Name = Field(description="who signed it for the district")


class DataShareAgreementRead(ResourceRead):
    partner_id: UUID
    begin_date: date
    end_date: date
    scopes: list[str]
    signed_by: str
    revoked_at: datetime | None


class DataShareAgreementQuery(ResourceQuery):
    partner_id: Id | None = None
    as_of: Day | None = Field(default=None, description="those that hold on this day")
