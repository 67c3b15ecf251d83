from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.districts.roster_sources.rules import OWN_HEADERS, PullMode, fault_of_url
from shared.wire import Name, Partial, ResourceRead, Wire, whole

Collection = Literal["academicSessions", "orgs", "courses", "classes", "users", "enrollments"]


def _base_url(value: str) -> str:
    if fault := fault_of_url(value, query=False):
        raise ValueError(fault)
    return value


def _token_url(value: str) -> str:
    if fault := fault_of_url(value, query=True):
        raise ValueError(fault)
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    if own := sorted(name for name in value if name.lower() in OWN_HEADERS):
        raise ValueError(f"we set these ourselves: {', '.join(own)}")
    return value


_URL = Field(min_length=8, max_length=2000, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[\x21-\x7e]+$")
_WRITE_ONLY: dict[str, Any] = {"writeOnly": True}
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,99}$")]
HeaderValue = Annotated[str, Field(max_length=4000, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")]
Headers = Annotated[
    dict[HeaderName, HeaderValue],
    Field(max_length=20, json_schema_extra={"additionalProperties": False}),
    AfterValidator(_headers),
]
Visible = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")]
Scope = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]


class _Profile(Wire):
    name: Name
    base_url: Annotated[
        str,
        _URL,
        Field(description="up to and with v1p1 or v1p2; the collections follow it"),
        AfterValidator(_base_url),
    ]
    oneroster_version: Literal["1.1", "1.2"] = "1.2"
    auth_kind: Literal["oauth2", "oauth1", "bearer"] = Field(
        default="oauth2", description="client credentials; a signature on each request; or a token that never ends"
    )
    token_url: Annotated[str, _URL, AfterValidator(_token_url)] | None = Field(
        default=None, description="of oauth2: asked as it stands, its query included"
    )
    token_style: Literal["basic", "form", "json"] = Field(default="basic", description="of oauth2: where the secret is")
    client_id: Visible | None = Field(default=None, description="client id or consumer key")
    secret: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[\x20-\x7e]+$")] | None = Field(
        default=None, description="client secret, consumer secret or token; never shown again", repr=False,
        json_schema_extra=_WRITE_ONLY,
    )  # fmt: skip
    scopes: Annotated[list[Scope], Field(max_length=50)] | None = Field(
        default=None, description="of oauth2; null asks without one"
    )
    signature_method: Literal["HMAC-SHA1", "HMAC-SHA256"] = Field(default="HMAC-SHA256", description="of oauth1")
    headers: Headers | None = Field(
        default=None, description="sent with each request; never shown again", repr=False, json_schema_extra=_WRITE_ONLY
    )
    page_size: Annotated[int, Field(ge=1, le=10_000), BeforeValidator(whole)] = 1000
    missing: Annotated[list[Collection], Field(max_length=6)] = Field(
        default=[], description="collections that it does not offer"
    )
    supports_filter: bool = Field(default=True, description="understands `filter=dateLastModified>'...'`")
    supports_delta: bool = Field(
        default=True, description="false: its dateLastModified is worth nothing, so that every pull is a full one"
    )
    trusts_total: bool = Field(
        default=True, description="true: a collection with fewer rows than X-Total-Count is incomplete and ends nobody"
    )


class RosterSourceWrite(_Profile):
    """How to ask a SIS; each vendor's needs some of it."""

    @model_validator(mode="after")
    def has_what_its_kind_needs(self) -> Self:
        if self.auth_kind == "oauth2" and self.token_url is None:
            raise ValueError("oauth2 needs a token_url")
        if self.auth_kind != "bearer" and self.client_id is None:
            raise ValueError(f"{self.auth_kind} needs a client_id")
        return self


class RosterSourcePatch(Partial, _Profile):
    """A merge patch: what is left out stays, the secret too, unless it would go to another host."""


class RosterSourceRead(ResourceRead):
    name: str
    base_url: str
    oneroster_version: str
    auth_kind: str
    token_url: str | None
    token_style: str
    client_id: str | None
    scopes: list[str] | None
    signature_method: str
    header_names: list[str]
    page_size: int
    missing: list[str]
    supports_filter: bool
    supports_delta: bool
    trusts_total: bool


class PullAsk(Wire):
    mode: Annotated[PullMode, Field(default=PullMode.FULL, strict=False)]
