from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.dated import DatedQuery, DatedRead, DatedWrite
from services.districts.leaves.rules import Kind
from services.districts.vocabulary import words
from shared.wire import Id, Key, Partial

LeaveKind = Annotated[
    str, Field(pattern=words(Kind), description="a category of Ed-Fi in our words, or an extension: `ext:study`")
]


class LeaveWrite(DatedWrite):
    """Nobody is on two leaves on one day."""

    person_id: Id
    kind: LeaveKind


class LeavePatch(Partial, LeaveWrite):
    """A merge patch: what is left out stays."""


class LeaveRead(DatedRead):
    person_id: UUID
    kind: str


class LeaveQuery(DatedQuery):
    person_id: Id | None = None
    kind: Key | None = None
