from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from services.districts.rostered import ONEROSTER
from services.districts.schedules.rules import is_zone
from shared.wire import Key, Partial, ResourceRead, Wire


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError("is no time zone of the IANA database, such as America/Chicago")
    return value


def _other(value: str) -> str:
    if value == ONEROSTER:
        raise ValueError("the roster's own source is null")
    return value


class SettingsWrite(Wire):
    primary_source: Annotated[Key, AfterValidator(_other)] | None = Field(
        default=None,
        description="the system of `external_ids` by whose ids OneRoster out calls people, organisations and classes, "
        "or by ours where it has none; null: the roster's own source",
    )
    time_zone: (
        Annotated[
            str,
            Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"),
            AfterValidator(_zone),
        ]
        | None
    ) = Field(default=None, description="IANA; null: that of the district's calendar, else of the installation")


class SettingsPatch(Partial, SettingsWrite):
    """A merge patch: what is left out stays."""


class SettingsRead(ResourceRead):
    name: str
    primary_source: str | None
    shown_source: str | None = Field(description="by whose ids OneRoster out calls rows now; `job` brings it about")
    time_zone: str | None
    job: str | None = Field(description="where the progress of a change of `primary_source` is")


def read_settings(row: Any) -> SettingsRead:
    job: UUID | None = row.renaming_job_id
    return SettingsRead.model_validate(row.model_dump() | {"job": job and f"/v1/jobs/districts/{job}"})
