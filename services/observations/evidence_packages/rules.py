"""Whether a claim fits the descriptor that it claims, and its evidence. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from services.observations.evidence_packages.schemas import EvidencePackageWrite
from shared.errors import FieldError


def descriptor_of(content: Mapping[str, Any], indicator_id: UUID, level: int) -> str | FieldError:
    """Give the descriptor of one level of one indicator, or say why there is none."""
    indicators = (
        indicator
        for domain in content["domains"]
        for component in domain["components"]
        for indicator in component["indicators"]
    )
    found = next((one for one in indicators if one["id"] == str(indicator_id)), None)
    if found is None:
        return FieldError("#/indicator_id", "unknown", "is no indicator of the observation's framework")
    said = next((one["descriptor"] for one in found["levels"] if one["ordinal"] == level), None)
    return said or FieldError("#/level", "unknown", "is no level of this indicator that has a descriptor")


def claimed(body: EvidencePackageWrite, descriptor: str) -> str | FieldError:
    """Give the one contiguous span that is claimed."""
    if not body.begin < body.end <= len(descriptor):
        return FieldError("#/end", "range", f"must lie after begin and within the {len(descriptor)} characters")
    return descriptor[body.begin : body.end]


def evidence_faults(body: EvidencePackageWrite, known: Mapping[UUID, Collection[UUID]]) -> Iterable[FieldError]:
    """Refuse evidence that is not this observation's, or speaks to something else. `known`: codes by item."""
    for number, item in enumerate(body.evidence_ids):
        if item in body.evidence_ids[:number]:
            yield FieldError(f"#/evidence_ids/{number}", "twice", "stands there twice")
        elif item not in known:
            yield FieldError(
                f"#/evidence_ids/{number}", "unknown", "is no evidence of this observation that its readers share"
            )
        elif body.indicator_id not in known[item]:
            yield FieldError(f"#/evidence_ids/{number}", "code", "is not coded to this indicator")
