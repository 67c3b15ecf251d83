from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from services.districts.tables import Table


class UserDocument(Table, table=True):
    """A user as OneRoster serves it, made when it is written, because it is read far more often.

    The public address is left open: a page puts it in (documents.py).
    """

    __tablename__ = "user_documents"

    district_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    body: str


class RosterVersion(Table, table=True):
    """Counts the changes of a district's roster, so that what was counted once need not be counted again."""

    __tablename__ = "roster_versions"

    district_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
