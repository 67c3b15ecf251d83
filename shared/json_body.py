"""A JSON body that a hot route validates straight from its bytes, which costs less than a body model."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.errors import FieldError, Invalid, UnsupportedMedia

T = TypeVar("T", bound=BaseModel)
_BRANCH = re.compile(r"[a-z-]+\[")  # of a union, as pydantic names it: no member of the body is called like that
_JSON = re.compile(r"application/([\w.+-]+\+)?json", re.IGNORECASE)


class JsonBody(Generic[T]):
    """`await SHAPE.read(request)` in the route, `openapi_extra=SHAPE.documented` on it."""

    def __init__(self, shape: type[T]) -> None:
        self._adapter = TypeAdapter(shape)
        schema = self._adapter.json_schema(ref_template="#/components/schemas/{model}")
        # shared/document.py moves the definitions to where the references point.
        self.documented: dict[str, Any] = {
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}
        }

    async def read(self, request: Request) -> T:
        media = request.headers.get("content-type", "application/json").partition(";")[0].strip()
        if not _JSON.fullmatch(media):
            raise UnsupportedMedia("send application/json")
        try:
            return self._adapter.validate_json(await request.body())
        except ValidationError as error:
            raise Invalid(errors=faults_of(error)) from error


def faults_of(error: ValidationError, start: str = "#") -> list[FieldError]:
    """Give pydantic's findings as field errors. The input is left out of them: it may be anything, of any size."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:20]
    return [fault_of(start, e["loc"], e) for e in found]


def fault_of(start: str, place: Iterable[int | str], found: Mapping[str, Any]) -> FieldError:
    said = [str(part) for part in place if not _BRANCH.match(str(part))]
    pointer = "/".join([start, *(part.replace("~", "~0").replace("/", "~1") for part in said)])
    if pointer == "#" and found["type"] == "missing":
        return FieldError(pointer, "missing", "needs a JSON body")
    return FieldError(pointer, str(found["type"]), str(found["msg"]).removeprefix("Value error, "))
