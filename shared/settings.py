"""Settings that every service has. A service adds its own in services/<name>/settings.py.

A value is looked up as `OBSERVATIONS_X`, then `THROUGHLINE_X`; for the addresses of PostgreSQL and Redis also as the
bare names that hosting platforms set (`DATABASE_URL` ...).
"""

from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from shared.networks import networks_of

BARE = frozenset({"database_url", "migration_database_url", "relay_database_url", "redis_url"})
SERVICE_NAMES = ("districts", "observations", "coaching", "analytics")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)
    service: ClassVar[str] = ""

    database_url: str = Field(default="", description="PostgreSQL as the application role, which owns no table.")
    migration_database_url: str = Field(default="", description="PostgreSQL as the owner; only `migrate` uses it.")
    relay_database_url: str = Field(default="", description="PostgreSQL as the relay role: the feed and jobs only.")
    redis_url: str = Field(default="", description="Redis for waking and for rate limits; may be flushed at any time.")
    data_dir: Path = Field(default=Path(".throughline"), description="Folder of the embedded servers and caches.")
    blob_url: str = Field(default="", description="`file:///folder` or `s3://bucket/prefix`; default: in data_dir.")
    public_url: str = Field(default="http://127.0.0.1:8000", description="How clients reach us; starts every link.")
    service_key: SecretStr = Field(default=SecretStr(""), description="Shared secret of calls between services.")
    districts_url: str = Field(default="http://127.0.0.1:8001", description="Where districts is; unix:///path too.")
    observations_url: str = Field(default="http://127.0.0.1:8002", description="Where observations is.")
    coaching_url: str = Field(default="http://127.0.0.1:8003", description="Where coaching is.")
    analytics_url: str = Field(default="http://127.0.0.1:8004", description="Where analytics is.")
    pool_size: int = Field(default=8, ge=1, le=100, description="PostgreSQL connections of each of the two pools.")
    requests_per_minute: int = Field(default=6000, ge=1, description="Rate limit of one client.")
    uploads_per_minute: int = Field(default=30, ge=1, description="Uploads of one client.")
    max_body_bytes: int = Field(default=4 * 2**20, ge=1024, description="Largest JSON body.")
    outbound_networks: str = Field(
        default="", description="Networks besides the public ones that clients may have us call, parted by commas."
    )
    worker_seat: str = Field(default="", description="A name that one worker process has at a time.")
    job_days: int = Field(default=90, ge=1, le=36500, description="Days that a job which ended is kept.")
    clock_offset: int = Field(default=0, description="Seconds that this process's clock is off; for fault tests only.")
    log_level: str = Field(default="INFO", description="Level of the structured logs.")
    log_json: bool = Field(default=True, description="JSON lines; false prints for people.")
    otel_endpoint: str = Field(default="", description="OTLP/HTTP collector; empty: no traces are made.")

    @field_validator("outbound_networks")
    @classmethod
    def networks_can_be_read(cls, value: str) -> str:
        networks_of(value)
        return value

    @model_validator(mode="after")
    def addresses_are_given(self) -> Self:
        missing = [name.upper() for name in ("database_url", "relay_database_url") if not getattr(self, name)]
        if missing:
            raise ValueError(
                f"set {' and '.join(missing)}, or start with `throughline up`, which brings its own servers"
            )
        return self

    @property
    def blobs(self) -> str:
        return self.blob_url or f"file://{self.data_dir.resolve() / 'blobs'}"

    def peer_url(self, name: str) -> str:
        return str(getattr(self, f"{name}_url"))

    @property
    def application_role(self) -> str:
        return urlsplit(self.database_url).username or "throughline_app"

    @property
    def relay_role(self) -> str:
        return urlsplit(self.relay_database_url).username or "throughline_relay"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the three below replace it
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no file but the environment
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        own = EnvSettingsSource(settings_cls, env_prefix=f"{cls.service}_") if cls.service else None
        general = EnvSettingsSource(settings_cls, env_prefix="throughline_")
        bare = _Bare(settings_cls, env_prefix="")
        return tuple(source for source in (init_settings, own, general, bare) if source is not None)


class _Bare(EnvSettingsSource):
    def __call__(self) -> dict[str, object]:
        return {name: value for name, value in super().__call__().items() if name in BARE}
