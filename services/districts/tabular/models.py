from uuid import UUID

from sqlalchemy import Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.districts.tables import Table

_LINES = ARRAY(Integer)


class PutLines(Table, table=True):
    """The lines of a file that a job has put, a row for each transaction that put some; kept until the job succeeds."""

    __tablename__ = "table_import_lines"

    district_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    first_line: int = Field(primary_key=True)
    created: list[int] = Field(sa_type=_LINES)
    changed: list[int] = Field(sa_type=_LINES)
