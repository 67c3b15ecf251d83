from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import Select

from services.districts.tabular.columns import Column, columns_of
from shared.access.principals import Principal
from shared.models import Resource
from shared.units import Unit
from shared.wire import Wire

R = TypeVar("R", bound=Resource)
W = TypeVar("W", bound=Wire)


@dataclass(frozen=True)
class Table(Generic[R, W]):
    """A noun as a table: how its rows are read and written, and what tells one from another where no id is given."""

    noun: str
    model: type[R]
    shape: type[W]
    values: Callable[[W], dict[str, Any]]
    put: Callable[[Unit, UUID, W], Awaitable[R]]
    rows: Callable[[Principal], Select[R]]
    key: tuple[str, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.shape)

    def id_of(self, district_id: UUID, body: W) -> UUID:
        """Give the id of a row that has none: always the same one, so that the same file means the same rows."""
        given = getattr(body, "external_key", None)
        names = ("external_key",) if given else self.key
        said = "/".join(str(getattr(body, name)) for name in names)
        return uuid5(district_id, f"{self.noun}/{'/'.join(names)}/{said}")
