from sqlmodel import Field

from services.districts.tables import TEXTS, ResourceTable


class RosterSource(ResourceTable, table=True):
    """A SIS that is asked by OneRoster REST, and how: every vendor's is different.

    `secret` and `sealed_headers` are as sealing.py left them and go out nowhere.
    """

    __tablename__ = "roster_sources"

    name: str
    base_url: str
    oneroster_version: str
    auth_kind: str
    token_url: str | None = None
    token_style: str = "basic"  # noqa: S105 - where the token request has the secret, not a secret
    client_id: str | None = None
    secret: str
    scopes: list[str] | None = Field(default=None, sa_type=TEXTS)
    signature_method: str = "HMAC-SHA256"
    sealed_headers: str | None = None
    header_names: list[str] = Field(default_factory=list, sa_type=TEXTS)
    page_size: int
    missing: list[str] = Field(default_factory=list, sa_type=TEXTS)
    supports_filter: bool = True
    supports_delta: bool = True
    trusts_total: bool = True
