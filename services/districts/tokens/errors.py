"""The refusals of RFC 6749, 5.2. None may be kept by a cache: the one who asked may be somebody else next time."""

from typing import ClassVar

from shared.errors import AppError, BadRequest, Unauthenticated

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRefused(AppError):
    headers_of_all: ClassVar[dict[str, str]] = NO_STORE

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers=self.headers_of_all)


class InvalidRequest(TokenRefused, BadRequest):
    oauth_code = "invalid_request"


class InvalidClient(TokenRefused, Unauthenticated, title="The client is unknown, revoked, or shows another secret"):
    oauth_code = "invalid_client"
    headers_of_all = NO_STORE | {"WWW-Authenticate": 'Basic realm="throughline", charset="UTF-8"'}


class UnsupportedGrantType(TokenRefused, BadRequest, title="grant_type is none of those taken here"):
    oauth_code = "unsupported_grant_type"


class InvalidScope(TokenRefused, BadRequest):
    oauth_code = "invalid_scope"


class InvalidTarget(TokenRefused, BadRequest, title="We give tokens for this installation alone"):
    oauth_code = "invalid_target"  # RFC 8693, 2.2.2


class UnauthorizedClient(TokenRefused, BadRequest):
    oauth_code = "unauthorized_client"
