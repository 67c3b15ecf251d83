from uuid import UUID

from sqlalchemy import ARRAY, Text
from sqlmodel import Field

from services.coaching.tables import Table
from shared.models import Resource


class Vision(Resource, Table, table=True):
    __tablename__ = "visions"

    org_id: UUID
    statement: str
    domains: list[str] = Field(sa_type=ARRAY(Text))
