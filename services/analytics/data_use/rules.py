"""Whether numbers may be asked for a purpose. No I/O."""

from collections.abc import Collection
from dataclasses import dataclass

from services.analytics.data_use.errors import PurposeMissing, PurposeNotAllowed
from shared.access.purposes import DataUse


@dataclass(frozen=True, slots=True)
class DataUsePolicy:
    version: int
    purposes: Collection[str]
    n_min: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """For what numbers are asked, and the terms of it. Version 0: the district has no policy."""

    purpose: DataUse | None
    policy_version: int
    n_min: int


def use_under(policy: DataUsePolicy | None, purpose: DataUse | None, n_min: int) -> Use:
    """Give the terms, or refuse. A district may want more people behind a number than the installation, never fewer."""
    if policy is None:
        return Use(purpose, 0, n_min)
    if purpose is None:
        raise PurposeMissing(possible=sorted(policy.purposes))
    if purpose.value not in policy.purposes:
        raise PurposeNotAllowed(f"version {policy.version} of the district's policy does not allow {purpose.value}")
    return Use(purpose, policy.version, max(n_min, policy.n_min or 0))
