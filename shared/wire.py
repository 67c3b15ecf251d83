"""Types of the wire: strict, bounded, and such that what pydantic lets in PostgreSQL takes.

Strict, because `true` and `"2"` are not numbers; bounded, because PostgreSQL refuses NUL, lone surrogates, integers
past its columns and years past 9999, and a refusal that deep would be ours to explain.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticUndefined

D = TypeVar("D", bound=date)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def _text(value: str) -> str:
    if "\x00" in value or not _encodes(value):
        raise ValueError("must not hold NUL or a lone surrogate")
    return value


def _encodes(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_number(value: Any) -> Any:
    """Refuse numbers, as strings too: pydantic would read seconds since 1970 in them."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _ISO.match(value)):
        raise ValueError("must be a string in ISO 8601")
    return value


def _utc(value: datetime) -> datetime:
    try:
        value = value.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError("is out of range") from error
    return _near(value)


def _near(value: D) -> D:
    """Keep within what a schema cannot say of a date: room for every zone on both sides."""
    if not 1900 <= value.year <= 9998:  # noqa: PLR2004
        raise ValueError("must lie between the years 1900 and 9998")
    return value


def whole(value: Any) -> Any:
    """JSON Schema calls 2.0 an integer; so do we."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_text)]
Words = Annotated[str, Field(max_length=10_000), AfterValidator(_text)]  # may be empty
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_text)]
Key = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]
# Of a dictionary by Key, pydantic's schema says only what a key of that pattern leads to.
ONLY_KEYS: dict[str, Any] = {"additionalProperties": False, "propertyNames": {"maxLength": 100}}
Id = Annotated[UUID, Field(strict=False)]
Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_not_number), AfterValidator(_utc)]
Day = Annotated[
    date,
    Field(strict=False),
    BeforeValidator(_not_number),
    AfterValidator(_near),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Count = Annotated[int, Field(ge=0, le=2_147_483_647), BeforeValidator(whole)]
Minutes = Annotated[int, Field(ge=0, le=100_000, description="minutes"), BeforeValidator(whole)]
Level = Annotated[int, Field(ge=0, le=100), BeforeValidator(whole)]
MOST_IDS = 20  # of other systems, for one row
ExternalIds = Annotated[
    dict[Key, Name],
    Field(
        default_factory=dict,
        max_length=MOST_IDS,
        description="ids of other systems: {system: id}",
        json_schema_extra=ONLY_KEYS,
    ),
]
ExternalIdsPatch = Annotated[
    dict[Key, Name | None],
    Field(max_length=MOST_IDS, description="null removes the id of a system", json_schema_extra=ONLY_KEYS),
]


class Wire(BaseModel):
    """A shape that comes in: unknown members are refused, so that a typing error is not silently nothing."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Partial:
    """Mixed in before a Wire: the same members, any of them absent. What a merge patch may say of that shape.

    Null stays only where the shape takes it. Read it with `model_dump(exclude_unset=True)`.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        for field in cls.model_fields.values():  # type: ignore[attr-defined]  # of the Wire that it is mixed into
            # A factory, since a default of null would stand in the OpenAPI document as a value to send.
            field.default, field.default_factory = PydanticUndefined, lambda: None
        cls.model_rebuild(force=True)  # type: ignore[attr-defined]


class Read(BaseModel):
    """A shape that goes out. Built from rows of our own, hence not validated twice."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class ResourceRead(Read):
    id: UUID
    version: int = Field(description="what the ETag says")
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
