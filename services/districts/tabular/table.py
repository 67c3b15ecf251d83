from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import Select

from services.districts.tabular.columns import Column, columns_of
from services.districts.tabular.sets import R, Sets
from shared.access.principals import Principal
from shared.units import Unit
from shared.wire import Wire

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
    sets: Sets[R] | None = None  # how many go in at once; None: one by one

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.shape)

    def id_of(self, district_id: UUID, body: W) -> UUID:
        """Give the id of a row that has none: always the same one, so that the same file means the same rows."""
        given = getattr(body, "external_key", None)
        names = ("external_key",) if given else self.key
        said = "/".join(str(getattr(body, name)) for name in names)
        return uuid5(district_id, f"{self.noun}/{'/'.join(names)}/{said}")
