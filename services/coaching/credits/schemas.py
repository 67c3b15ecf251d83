from datetime import datetime
from uuid import UUID

from shared.paging import ListQuery
from shared.wire import Id, Read


class CreditRead(Read):
    id: UUID
    person_id: UUID
    activity_id: UUID
    contact_hours: float
    awarded_at: datetime


class CreditQuery(ListQuery):
    person_id: Id | None = None
    activity_id: Id | None = None
