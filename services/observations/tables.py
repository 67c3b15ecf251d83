from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.models import service_metadata


class Table(SQLModel, registry=registry(metadata=service_metadata("observations"))):
    """The root of this service's tables: its own registry and schema, so that no other service's class is in sight."""
