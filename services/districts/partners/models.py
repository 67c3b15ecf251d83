from datetime import datetime

from sqlmodel import Field

from services.districts.tables import ResourceTable
from shared.models import TIMESTAMP


class PartnerOrg(ResourceTable, table=True):
    """An organisation outside of the district whose clients may do what its data-share agreements say, while they hold.

    `tokens_ended_at`: what its clients were given before holds no more, because it was archived.
    """

    __tablename__ = "partners"

    name: str
    kind: str
    tokens_ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
