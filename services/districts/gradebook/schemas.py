"""What an LMS may hand in: liberal, as interop.md asks. What it does not know it leaves out, sends as null or as "";
members that the standard does not have are passed over. What goes out is strict all the same (objects.py)."""

import re
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import AfterValidator, AliasChoices, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from shared.wire import Day, Instant, Text, Wire, Words

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_Status = Literal["exempt", "fully graded", "not submitted", "partially graded", "submitted"]


def _or_blank(*shapes: dict[str, Any]) -> WithJsonSchema:
    """Say in the document that it may be null or empty instead."""
    return WithJsonSchema({"anyOf": [*shapes, {"type": "null"}, {"type": "string", "const": ""}]})


_EITHER = _or_blank({"type": "string", "format": "date-time"}, {"type": "string", "format": "date"})
MOST = 10_000  # rows of one POST


def _filled(value: Any) -> Any:
    return None if value == "" else value


def _midnight(value: Any) -> Any:
    return f"{value}T00:00:00Z" if isinstance(value, str) and _DAY.fullmatch(value) else value


def _day(value: Any) -> Any:
    return value[:10] if isinstance(value, str) and _DAY.match(value) and value[10:11] == "T" else value


def _json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        written = orjson.dumps(value)
    except TypeError as error:
        raise ValueError("must be JSON that can be kept") from error
    if b"\\u0000" in written:
        raise ValueError("must not hold NUL")
    return value


def _unscored(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{"learningObjectiveId": one} if isinstance(one, str) else one for one in value]


def _flag(value: str | bool) -> bool:
    return value in {True, "true"}


SourcedId = Annotated[Text, Field(max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Number = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
_Flag = Annotated[Literal["true", "false"] | bool, AfterValidator(_flag)]
_Moment = Annotated[Instant, BeforeValidator(_midnight)]
_DayOrMoment = Annotated[Day, BeforeValidator(_day)]
_Blank = BeforeValidator(_filled)
Moment = Annotated[_Moment | None, _Blank, _EITHER]
DayOrMoment = Annotated[_DayOrMoment | None, _Blank, _EITHER]
Number = Annotated[_Number | None, _Blank, _or_blank({"type": "number", "minimum": -1e12, "maximum": 1e12})]
Flag = Annotated[_Flag | None, _Blank, _or_blank({"type": "boolean"}, {"enum": ["true", "false"]})]
ScoreStatus = Annotated[_Status | None, _Blank, _or_blank({"enum": [*get_args(_Status)]})]
Metadata = Annotated[dict[str, Any], AfterValidator(_json)]


class Given(Wire):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)


class ReferenceGiven(Given):
    """Only the id counts: the address is that of whoever wrote it."""

    sourced_id: SourcedId


class GradedGiven(Given):
    """Status and dateLastModified are the server's to say."""

    sourced_id: SourcedId | None = None
    metadata: Metadata | None = None


class ObjectiveGiven(Given):
    source: Literal["case", "unknown"]
    learning_objective_ids: Annotated[list[SourcedId], Field(max_length=1000)]


class ObjectiveResultGiven(Given):
    learning_objective_id: SourcedId
    score: Number = None
    text_score: Words | None = None


class ObjectiveScoresGiven(Given):
    """Of a result the standard takes a score for each objective; some name the objectives alone, as of a line item."""

    source: Literal["case", "unknown"]
    learning_objective_results: Annotated[
        list[ObjectiveResultGiven],
        Field(
            max_length=1000, validation_alias=AliasChoices("learningObjectiveResults", "learningObjectiveIds"),
            serialization_alias="learningObjectiveResults",
        ),
        BeforeValidator(_unscored),
    ]  # fmt: skip


class ScaleValueGiven(Given):
    left: Annotated[Text, Field(max_length=1000, alias="itemValueLHS")]
    right: Annotated[Text, Field(max_length=1000, alias="itemValueRHS")]


Objectives = Annotated[list[ObjectiveGiven], Field(max_length=100)]
ObjectiveScores = Annotated[list[ObjectiveScoresGiven], Field(max_length=100)]


class CategoryGiven(GradedGiven):
    title: Text
    weight: Number = None


class ScoreScaleGiven(GradedGiven):
    title: Text
    type: Text
    course: ReferenceGiven | None = None
    klass: ReferenceGiven = Field(alias="class")
    score_scale_value: Annotated[list[ScaleValueGiven], Field(min_length=1, max_length=1000)]


class LineItemGiven(GradedGiven):
    """Without a school it is the class's; without a category it is uncategorized; without dates it is of today."""

    title: Text
    description: Words | None = None
    assign_date: Moment = None
    due_date: Moment = None
    klass: ReferenceGiven | None = Field(default=None, alias="class")
    school: ReferenceGiven | None = None
    category: ReferenceGiven | None = None
    grading_period: ReferenceGiven | None = None
    academic_session: ReferenceGiven | None = None
    score_scale: ReferenceGiven | None = None
    result_value_min: Number = None
    result_value_max: Number = None
    learning_objective_set: Objectives | None = None


class ResultGiven(GradedGiven):
    """A score outside of the line item's range is kept: extra work earns extra points."""

    line_item: ReferenceGiven | None = None
    student: ReferenceGiven
    klass: ReferenceGiven | None = Field(default=None, alias="class")
    score_scale: ReferenceGiven | None = None
    score_status: ScoreStatus = None
    score: Number = None
    text_score: Words | None = None
    score_date: DayOrMoment = None
    comment: Words | None = None
    learning_objective_set: ObjectiveScores | None = None
    in_progress: Flag = None
    incomplete: Flag = None
    late: Flag = None
    missing: Flag = None


class CategoryPut(Given):
    category: CategoryGiven


class ScoreScalePut(Given):
    score_scale: ScoreScaleGiven


class LineItemPut(Given):
    line_item: LineItemGiven


class ResultPut(Given):
    result: ResultGiven


class LineItemsPost(Given):
    line_items: Annotated[list[LineItemGiven], Field(max_length=MOST)]


class ResultsPost(Given):
    results: Annotated[list[ResultGiven], Field(max_length=MOST)]
