"""What a framework version may say, and when it may be published. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from services.observations.frameworks.schemas import (
    FrameworkVersionWrite,
    Indicator,
    LookForKind,
    Scoring,
    VersionState,
)
from shared.errors import FieldError

MOST_INDICATORS = 500
_FEWEST_LEVELS = 2
MOVES: Mapping[str, tuple[VersionState, VersionState]] = {
    "publish": (VersionState.DRAFT, VersionState.PUBLISHED),
    "retire": (VersionState.PUBLISHED, VersionState.RETIRED),
}


def moves_from(state: str) -> list[str]:
    return [verb for verb, (source, _) in MOVES.items() if source == state]


def faults_of(body: FrameworkVersionWrite) -> list[FieldError]:
    """Say what does not fit together in the document: every id once, rising levels, look-fors that point somewhere."""
    indicators = dict(_indicators_of(body))
    faults = list(_repeated_ids(body))
    if len(indicators) > MOST_INDICATORS:
        faults.append(FieldError("#/domains", "too_many", f"has more than {MOST_INDICATORS} indicators"))
    for pointer, indicator in indicators.items():
        ordinals = [level.ordinal for level in indicator.levels]
        if ordinals != sorted(set(ordinals)):
            faults.append(FieldError(f"{pointer}/levels", "order", "ordinals must rise from one level to the next"))
        if len(ordinals) < _FEWEST_LEVELS and body.scoring is not Scoring.FORBIDDEN:
            faults.append(FieldError(f"{pointer}/levels", "too_few", "needs two levels, or scoring that is forbidden"))
    known = {indicator.id for indicator in indicators.values()}
    for number, look_for in enumerate(body.look_fors):
        if look_for.indicator_id is not None and look_for.indicator_id not in known:
            pointer = f"#/look_fors/{number}/indicator_id"
            faults.append(FieldError(pointer, "unknown", "is no indicator of this version"))
    return faults


def _indicators_of(body: FrameworkVersionWrite) -> Iterator[tuple[str, Indicator]]:
    for d, domain in enumerate(body.domains):
        for c, component in enumerate(domain.components):
            for i, indicator in enumerate(component.indicators):
                yield f"#/domains/{d}/components/{c}/indicators/{i}", indicator


def _repeated_ids(body: FrameworkVersionWrite) -> Iterator[FieldError]:
    seen: set[UUID] = set()
    for pointer, id_ in _ids_of(body):
        if id_ in seen:
            yield FieldError(f"{pointer}/id", "twice", "this id stands twice in the version")
        seen.add(id_)


def _ids_of(body: FrameworkVersionWrite) -> Iterable[tuple[str, UUID]]:
    for d, domain in enumerate(body.domains):
        yield f"#/domains/{d}", domain.id
        for c, component in enumerate(domain.components):
            yield f"#/domains/{d}/components/{c}", component.id
    yield from ((pointer, indicator.id) for pointer, indicator in _indicators_of(body))
    yield from ((f"#/look_fors/{number}", look_for.id) for number, look_for in enumerate(body.look_fors))


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a published version lets an observer record: the ordinals of each indicator, the kind of each look-for."""

    levels: Mapping[UUID, frozenset[int]] = field(default_factory=dict)
    look_fors: Mapping[UUID, LookForKind] = field(default_factory=dict)
    forbids_scores: bool = False
    domains: Mapping[UUID, UUID] = field(default_factory=dict)  # of which domain an indicator is

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        return cls(
            levels={
                UUID(indicator["id"]): frozenset(level["ordinal"] for level in indicator["levels"])
                for domain in content["domains"]
                for component in domain["components"]
                for indicator in component["indicators"]
            },
            look_fors={UUID(look_for["id"]): LookForKind(look_for["kind"]) for look_for in content["look_fors"]},
            forbids_scores=content["scoring"] == Scoring.FORBIDDEN,
            domains={
                UUID(indicator["id"]): UUID(domain["id"])
                for domain in content["domains"]
                for component in domain["components"]
                for indicator in component["indicators"]
            },
        )

    def misfit_of(self, pointer: str, look_for_id: UUID, mark: int | str) -> FieldError | None:
        """Say why a look-for cannot be marked so. That it is not applicable may be said of any."""
        kind = self.look_fors.get(look_for_id)
        if kind is None:
            return FieldError(f"{pointer}/look_for_id", "unknown", "is no look-for of this framework version")
        if isinstance(mark, int) == (kind is LookForKind.COUNT) or mark == "not_applicable":
            return None
        wanted = "a count" if kind is LookForKind.COUNT else "seen or not_seen"
        return FieldError(f"{pointer}/mark", "kind", f"must be {wanted} for a look-for of this kind")
