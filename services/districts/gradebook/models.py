from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from services.districts.tables import JSON, REGISTRY, Rostered, Table, unique_sourced_id
from shared.models import TIMESTAMP


class Graded(Rostered, registry=REGISTRY):
    """A row of the gradebook, known by the id that whoever handed it in gave it: an LMS, or a file of the roster's."""


class Category(Graded, table=True):
    """What kind of work a line item is: homework, a test."""

    __tablename__ = "categories"
    __table_args__ = (unique_sourced_id("categories"),)

    title: str
    weight: float | None = None


class ScoreScale(Graded, table=True):
    """What the marks of a class mean."""

    __tablename__ = "score_scales"
    __table_args__ = (unique_sourced_id("score_scales"), Index("ix_score_scales_class", "district_id", "class_id"))

    title: str
    type: str
    course_id: UUID | None = None
    class_id: UUID
    score_scale_value: list[dict[str, str]] = Field(sa_type=JSON)


class LineItem(Graded, table=True):
    """A piece of work of a class for which there are results."""

    __tablename__ = "line_items"
    __table_args__ = (
        unique_sourced_id("line_items"),
        Index("ix_line_items_class", "district_id", "class_id"),
        Index("ix_line_items_category", "district_id", "category_id"),
    )

    title: str
    description: str | None = None
    assign_date: datetime = Field(sa_type=TIMESTAMP)
    due_date: datetime = Field(sa_type=TIMESTAMP)
    class_id: UUID
    org_id: UUID  # the school
    category_id: UUID
    grading_period_id: UUID | None = None
    academic_session_id: UUID | None = None
    score_scale_id: UUID | None = None
    result_value_min: float | None = None
    result_value_max: float | None = None
    learning_objective_set: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)


class Result(Graded, table=True):
    """What a student reached in a line item."""

    __tablename__ = "results"
    __table_args__ = (
        unique_sourced_id("results"),
        Index("ix_results_line_item", "district_id", "line_item_id"),
        Index("ix_results_person", "district_id", "person_id"),
        Index(
            "ix_results_score_scale", "district_id", "score_scale_id",
            postgresql_where=text("score_scale_id is not null"),
        ),
    )  # fmt: skip

    line_item_id: UUID
    person_id: UUID
    class_id: UUID | None = None
    score_scale_id: UUID | None = None
    score_status: str
    score: float | None = None
    text_score: str | None = None
    score_date: date
    comment: str | None = None
    learning_objective_set: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    in_progress: bool | None = None
    incomplete: bool | None = None
    late: bool | None = None
    missing: bool | None = None


class Link(Graded, registry=REGISTRY):
    """A row of a file that adds something to a line item or a result, whose own columns hold the sum of it (links.py).

    What an LMS hands in makes such rows, too, so that a file can say it.
    """


class LineItemScoreScale(Link, table=True):
    """The scale by which a line item is marked."""

    __tablename__ = "line_item_score_scales"
    __table_args__ = (
        unique_sourced_id("line_item_score_scales"),
        Index("ix_line_item_score_scales_line_item", "district_id", "line_item_id"),
    )

    title: str | None = None
    line_item_id: UUID
    score_scale_id: UUID


class ResultScoreScale(Link, table=True):
    """The scale by which a result is to be read."""

    __tablename__ = "result_score_scales"
    __table_args__ = (
        unique_sourced_id("result_score_scales"),
        Index("ix_result_score_scales_result", "district_id", "result_id"),
    )

    title: str | None = None
    result_id: UUID
    score_scale_id: UUID


class LineItemObjective(Link, table=True):
    """What is to be learned by a line item."""

    __tablename__ = "line_item_objectives"
    __table_args__ = (
        unique_sourced_id("line_item_objectives"),
        Index("ix_line_item_objectives_line_item", "district_id", "line_item_id"),
    )

    line_item_id: UUID
    objective_source: str
    learning_objective_id: str


class ResultObjective(Link, table=True):
    """How well a student reached what was to be learned."""

    __tablename__ = "result_objectives"
    __table_args__ = (
        unique_sourced_id("result_objectives"),
        Index("ix_result_objectives_result", "district_id", "result_id"),
    )

    result_id: UUID
    objective_source: str
    learning_objective_id: str
    score: float | None = None
    text_score: str | None = None


class GradebookVersion(Table, table=True):
    """Counts the changes of a district's gradebook, apart from the roster's, which is counted far less often."""

    __tablename__ = "gradebook_versions"

    district_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
