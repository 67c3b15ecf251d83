from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.rostered import RosterQuery
from shared.wire import Day, Id, Key, Name, Partial, ResourceRead, Wire


class TermWrite(Wire):
    """What can be corrected by hand; the rest is the roster's to say."""

    title: Name
    start_date: Day
    end_date: Day


class TermPatch(Partial, TermWrite):
    """A merge patch: what is left out stays."""


class TermRead(ResourceRead):
    sourced_id: str
    source: str
    title: str
    type: str
    start_date: date
    end_date: date
    parent_id: UUID | None
    school_year: int = Field(description="the year in which the school year ends")


class TermQuery(RosterQuery):
    type: Key | None = None
    school_year: Annotated[int | None, Field(ge=1900, le=9998)] = None
    parent_id: Id | None = None
    on: Annotated[Day | None, Field(description="those that hold on this day")] = None
