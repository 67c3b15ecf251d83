from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from services.districts.identity_providers.rules import PersonBy
from services.districts.roster_sources.rules import fault_of_url
from shared.wire import Key, Name, Partial, ResourceRead, Wire


def _address(value: str) -> str:
    if fault := fault_of_url(value, query=False):
        raise ValueError(fault)
    return value


def _once(value: list[str]) -> list[str]:
    if len(set(value)) != len(value):
        raise ValueError("names one twice")
    return value


_URL = Field(min_length=8, max_length=500, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[\x21-\x7e]+$")
Address = Annotated[str, _URL, AfterValidator(_address)]
Visible = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")]
Claim = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Algorithm = Literal["RS256", "ES256"]
_OWN_CLAIMS: dict[str, Any] = {"additionalProperties": False, "propertyNames": {"maxLength": 200}}


class IdentityProviderWrite(Wire):
    name: Name
    issuer: Annotated[Address, Field(description="`iss` of its ID tokens, letter by letter")]
    audiences: Annotated[
        list[Visible],
        Field(min_length=1, max_length=20, description="`aud`: the client ids that it knows the frontends by"),
        AfterValidator(_once),
    ]
    jwks_url: Annotated[
        Address | None,
        Field(description="where its keys are; null: where `/.well-known/openid-configuration` of the issuer says"),
    ] = None
    algorithms: Annotated[list[Algorithm], Field(default=["RS256"], min_length=1, max_length=2), AfterValidator(_once)]
    person_by: Annotated[
        PersonBy,
        Field(strict=False, description="what of a person the claim says; `email` counts only if it is verified"),
    ]
    person_claim: Annotated[Claim, Field(description="which claim names the person; of `email` it is `email`")] = "sub"
    external_system: Annotated[
        Key | None, Field(description="of `external_id`: the system, as in a person's `external_ids`")
    ] = None
    required_claims: Annotated[
        dict[Claim, Name],
        Field(
            default_factory=dict,
            max_length=10,
            description="claims that a token must have with these values, such as the tenant of a shared issuer",
            json_schema_extra=_OWN_CLAIMS,
        ),
    ]
    enabled: bool = True


class IdentityProviderPatch(Partial, IdentityProviderWrite):
    """A merge patch: what is left out stays."""


class IdentityProviderRead(ResourceRead):
    name: str
    issuer: str
    audiences: list[str]
    jwks_url: str | None
    algorithms: list[str]
    person_by: PersonBy
    person_claim: str
    external_system: str | None
    required_claims: dict[str, str]
    enabled: bool
