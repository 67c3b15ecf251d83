from typing import Any, Literal

from pydantic import BaseModel, Field

from services.districts.tokens.rules import FORM, GRANT, JSON
from shared.access.tokens import TOKEN_SECONDS


class TokenRequest(BaseModel):
    """RFC 6749, 4.4.2. The id and the secret come here or by HTTP Basic."""

    grant_type: Literal["client_credentials"]
    scope: str = Field(default="", description="scopes, separated by blanks; none: all that the client has")
    client_id: str = ""
    client_secret: str = ""


class Token(BaseModel):
    """RFC 6749, 5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a kind
    expires_in: int = Field(default=TOKEN_SECONDS, description="seconds")
    scope: str


class Jwk(BaseModel):
    """RFC 7517 and 7518."""

    kty: str
    kid: str
    use: str
    alg: str
    n: str
    e: str


class Jwks(BaseModel):
    keys: list[Jwk]


class ServerMetadata(BaseModel):
    """RFC 8414."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str] = []
    grant_types_supported: list[str] = [GRANT]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic", "client_secret_post"]
    service_documentation: str


def request_body() -> dict[str, Any]:
    """Say in the OpenAPI document what the route reads by itself."""
    schema = TokenRequest.model_json_schema()
    return {"required": True, "content": {media: {"schema": schema} for media in (FORM, JSON)}}
