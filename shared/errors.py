"""Errors are named facts.

    AppError                  anything that a caller may be told
    |- Unauthenticated  401   no token, or one that does not verify
    |- Forbidden        403   the token lacks the scope, or the person the right
    |- NotFound         404   absent, invisible, or another district's: the same answer
    |- Conflict         409   a refused move; a service's own errors derive from it
    |- PreconditionFailed 412 / PreconditionRequired 428   If-Match
    |- Invalid          422   a bad field; carries errors: [{pointer, code, message}]
    |- TooManyRequests  429
    `- Unavailable      503   a peer or a store is down; try again

How one is written depends on the path: problem+json (RFC 9457) for our own API, the imsx status payload under /ims
(OneRoster 1.2), the OAuth 2 error object under /oauth2 (RFC 6749, 5.2).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    pointer: str
    code: str
    message: str


class AppError(Exception):
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    imsx_code: ClassVar[str] = "internal_server_error"
    oauth_code: ClassVar[str] = "invalid_request"

    def __init_subclass__(cls, *, status: int | None = None, title: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if status is not None:
            cls.status = status
        if title is not None:
            cls.title = title

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = extensions
        self.detail = detail or self._sentence()
        super().__init__(self.detail)

    def _sentence(self) -> str:
        """Say what to mend where nobody said it better: the first fields that do not fit, or the moves there are."""
        if self.errors:
            return "; ".join(f"{error.pointer}: {error.message}" for error in self.errors[:3])
        if "state" in self.extensions and "possible" in self.extensions:
            possible = ", ".join(self.extensions["possible"])
            can = f"what can be done is: {possible}" if possible else "nothing can be done with it"
            return f"{self.title}: it is {self.extensions['state']}, and {can}"
        return self.title

    @classmethod
    def kind(cls) -> str:
        """Give the stable name that stands in `type`; it follows the class's name, so renaming a class is a break."""
        return "urn:throughline:problem:" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    def problem(self) -> dict[str, Any]:
        body = {"type": self.kind(), "title": self.title, "status": self.status, "detail": self.detail}
        if self.errors:
            body["errors"] = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in self.errors]
        return body | self.extensions


class Unauthenticated(AppError, status=401, title="A valid access token is needed"):
    imsx_code = "unauthorisedrequest"
    oauth_code = "invalid_client"


class Forbidden(AppError, status=403, title="The right to do this is missing"):
    imsx_code = "forbidden"
    oauth_code = "invalid_scope"


class NotFound(AppError, status=404, title="There is no such thing, or it is not yours to see"):
    imsx_code = "unknownobject"


class MethodNotAllowed(AppError, status=405, title="This address does not take that method"):
    imsx_code = "invaliddata"


class Conflict(AppError, status=409, title="The state of things does not allow this"):
    imsx_code = "invaliddata"


class PreconditionFailed(AppError, status=412, title="It has changed since you read it"):
    imsx_code = "invaliddata"


class TooLarge(AppError, status=413, title="The body is larger than the limit"):
    imsx_code = "invaliddata"


class UnsupportedMedia(AppError, status=415, title="The body is not of a media type that is understood here"):
    imsx_code = "invaliddata"


class Invalid(AppError, status=422, title="The request does not fit"):
    imsx_code = "invaliddata"


class BadRequest(AppError, status=400, title="The request does not fit"):
    """Only for the standards' paths, which ask for 400 where our own API says 422."""

    imsx_code = "invaliddata"


class PreconditionRequired(AppError, status=428, title="Say which version you are changing: send If-Match"):
    imsx_code = "invaliddata"


class TooManyRequests(AppError, status=429, title="Too many requests for now"):
    imsx_code = "server_busy"


class Unavailable(AppError, status=503, title="Something that this needs is down; try again"):
    imsx_code = "server_busy"


def render_imsx(error: AppError) -> bytes:
    """Write the OneRoster 1.2 status payload: the object itself, no wrapper, with its capital C in imsx_CodeMinor."""
    return orjson.dumps(
        {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": error.detail,
            "imsx_CodeMinor": {
                "imsx_codeMinorField": [
                    {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": error.imsx_code}
                ]
            },
        }
    )


def render_oauth(error: AppError) -> bytes:
    code = "temporarily_unavailable" if error.status in {429, 503} else error.oauth_code
    return orjson.dumps({"error": code, "error_description": error.detail})


def render(path: str, error: AppError) -> tuple[bytes, str]:
    """Give the body of an error and its media type, in the tongue of the path that was asked."""
    if path.startswith("/ims/"):
        return render_imsx(error), "application/json"
    if path.startswith("/oauth2/"):
        return render_oauth(error), "application/json"
    return orjson.dumps(error.problem(), default=str), PROBLEM


class ProblemField(BaseModel):
    pointer: str = Field(
        description="JSON pointer into the body, or `#/query/<name>`, `#/path/<name>`, `#/header/<name>`"
    )
    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `type` is stable and names the fact; `detail` is a sentence that a person can act on."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemField] | None = None


class ImsxCodeMinorField(BaseModel):
    imsx_codeMinorFieldName: str  # noqa: N815 - the standard's casing
    imsx_codeMinorFieldValue: str  # noqa: N815


class ImsxCodeMinor(BaseModel):
    imsx_codeMinorField: list[ImsxCodeMinorField]  # noqa: N815


class ImsxStatus(BaseModel):
    """OneRoster 1.2 imsx_StatusInfo."""

    imsx_codeMajor: str  # noqa: N815
    imsx_severity: str
    imsx_description: str
    imsx_CodeMinor: ImsxCodeMinor  # noqa: N815


class OAuthError(BaseModel):
    """RFC 6749, 5.2."""

    error: str
    error_description: str


_STATUSES = {
    401: Unauthenticated, 403: Forbidden, 404: NotFound, 405: MethodNotAllowed, 409: Conflict, 412: PreconditionFailed,
    413: TooLarge, 415: UnsupportedMedia, 422: Invalid, 428: PreconditionRequired, 429: TooManyRequests,
    503: Unavailable,
}  # fmt: skip
BY_STATUS: dict[int, type[AppError]] = {400: BadRequest, **_STATUSES}

_STANDARDS = (400, 401, 403, 404, 405, 413, 415, 422, 429, 503)
Responses = dict[int | str, dict[str, Any]]


def _documented(model: type[BaseModel], media_type: str, statuses: Iterable[int]) -> Responses:
    """Describe refusals by reference: a model for each status of each route would be built 1,300 times (5 MB)."""
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    return {status: {"description": BY_STATUS[status].title, "content": content} for status in statuses}


PROBLEM_RESPONSES = _documented(Problem, PROBLEM, _STATUSES)
IMSX_RESPONSES = _documented(ImsxStatus, "application/json", _STANDARDS)
OAUTH_RESPONSES = _documented(OAuthError, "application/json", _STANDARDS)
REFUSALS: dict[str, type[BaseModel]] = {"/ims/": ImsxStatus, "/oauth2/": OAuthError, "/": Problem}
"""What refusals of paths that start so look like; shared/document.py puts the shapes where the references point."""
