from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.access.purposes import DataUse
from shared.wire import ResourceRead, Wire, whole


def _in_order(value: list[DataUse]) -> list[DataUse]:
    return sorted(set(value))


class DataUsePolicyWrite(Wire):
    purposes: Annotated[
        list[Annotated[DataUse, Field(strict=False)]],
        Field(min_length=1, max_length=10, description="for which measures and throughlines may be asked"),
        AfterValidator(_in_order),
    ]
    n_min: Annotated[
        int | None,
        Field(ge=1, le=1000, description="fewest people behind a published number; never lowers the installation's"),
        BeforeValidator(whole),
    ] = None


class DataUsePolicyRead(ResourceRead):
    purposes: list[DataUse]
    n_min: int | None
