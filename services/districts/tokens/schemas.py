from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.districts.tokens.rules import FORM, GRANTS, JSON
from shared.access.tokens import Claims

AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class TokenRequest(BaseModel):
    """RFC 6749, 4.4.2, and RFC 8693, 2.1. The id and the secret come here or by HTTP Basic."""

    grant_type: Literal["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"]
    scope: str = Field(default="", description="scopes, separated by blanks; none: all that the client has")
    client_id: str = ""
    client_secret: str = ""
    subject_token: str = Field(default="", description="of an exchange: the ID token of the person's identity provider")
    subject_token_type: str = Field(
        default="", description="of an exchange: `urn:ietf:params:oauth:token-type:id_token`, or `:jwt`"
    )
    nonce: str = Field(default="", description="of an exchange: the ID token must then have it")


class Token(BaseModel):
    """RFC 6749, 5.1, and RFC 8693, 2.2.1."""

    model_config = ConfigDict(from_attributes=True)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a kind
    expires_in: int = Field(description="seconds")
    scope: str
    issued_token_type: str | None = Field(default=None, description="of an exchange")
    person_id: UUID | None = Field(default=None, description="of an exchange: for whom the token acts")


class TokenQuestion(BaseModel):
    """RFC 7009, 2.1, and RFC 7662, 2.1. The id and the secret come here or by HTTP Basic."""

    token: str
    token_type_hint: str = Field(default="", description="there is one kind of token only")
    client_id: str = ""
    client_secret: str = ""


class Introspection(BaseModel):
    """RFC 7662, 2.2. Of a token that does not hold, or is of another district, only that."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    sub: str | None = Field(default=None, description="the person for whom it acts, or the client")
    token_type: str | None = None
    iss: str | None = None
    iat: int | None = None
    exp: int | None = None
    jti: str | None = None

    @classmethod
    def of(cls, claims: Claims | None, issuer: str) -> Self:
        if claims is None:
            return cls(active=False)
        return cls(
            active=True, scope=" ".join(sorted(claims.scopes)), client_id=claims.client_id,
            sub=str(claims.person_id or claims.client_id), token_type="Bearer",  # noqa: S106 - the name of a kind
            iss=issuer, iat=int(claims.issued), exp=int(claims.expires), jti=claims.token_id,
        )  # fmt: skip


class Scope(BaseModel):
    scope: str
    description: str


class ScopeCatalogue(BaseModel):
    data: list[Scope]


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
    grant_types_supported: list[str] = list(GRANTS)
    token_endpoint_auth_methods_supported: list[str] = AUTH_METHODS
    revocation_endpoint: str
    revocation_endpoint_auth_methods_supported: list[str] = AUTH_METHODS
    introspection_endpoint: str
    introspection_endpoint_auth_methods_supported: list[str] = AUTH_METHODS
    service_documentation: str


def request_body(shape: type[BaseModel]) -> dict[str, Any]:
    """Say in the OpenAPI document what the route reads by itself."""
    schema = shape.model_json_schema()
    return {"required": True, "content": {media: {"schema": schema} for media in (FORM, JSON)}}
