"""A version's content as a CASE 1.1 package and back. Pure.

Domains, components, indicators and look-fors are CFItems, known by CFItemType. isChildOf says what lies within what,
sequenceNumber in what order. Each indicator with levels is a criterion of the one rubric. Ids are kept; those that CASE
asks for and we do not have (associations, levels, the rubric) follow from ours, so that two exports are the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.observations.frameworks.case_schemas import MINE, CFItem, CFPackage
from services.observations.frameworks.schemas import PartKind, Scoring
from shared.errors import FieldError

CHILD_OF = "isChildOf"
TYPES = {
    PartKind.DOMAIN: "Domain",
    PartKind.COMPONENT: "Component",
    PartKind.INDICATOR: "Indicator",
    PartKind.LOOK_FOR: "Look-for",
}
STATUS = {"draft": "Draft", "published": "Adopted", "retired": "Deprecated"}
_EXTRA = ("weight", "prompts", "kind", "indicator_id", "tags")
_KINDS = {said.lower(): kind for kind, said in TYPES.items()}


@dataclass(frozen=True, slots=True)
class Titled:
    """What of a version stands outside of its content."""

    version_id: UUID
    framework_id: UUID
    framework: str
    label: str
    state: str
    changed_at: datetime


@dataclass(slots=True)
class _Export:
    about: Titled
    base: str
    items: list[dict[str, Any]] = field(default_factory=list)
    associations: list[dict[str, Any]] = field(default_factory=list)
    criteria: list[dict[str, Any]] = field(default_factory=list)

    def same(self, kind: str, id_: UUID | str) -> dict[str, Any]:
        stamp = self.about.changed_at.isoformat().replace("+00:00", "Z")
        return {"identifier": str(id_), "uri": f"{self.base}/{kind}/{id_}", "lastChangeDateTime": stamp}

    def link(self, kind: str, id_: UUID | str, title: str) -> dict[str, Any]:
        return {"title": title, "identifier": str(id_), "uri": f"{self.base}/{kind}/{id_}"}

    def made(self, *names: Any) -> UUID:
        return uuid5(self.about.version_id, "/".join(map(str, names)))


def package_of(about: Titled, content: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Say a version in CASE's words. `base` is where the standard's own addresses would be."""
    made = _Export(about, base)
    root = made.link("CFDocuments", about.version_id, about.framework)
    for place, domain in enumerate(content["domains"]):
        _item(made, PartKind.DOMAIN, domain, root, place)
        for at, component in enumerate(domain["components"]):
            _item(made, PartKind.COMPONENT, component, _of_item(made, domain), at)
            for n, indicator in enumerate(component["indicators"]):
                _item(made, PartKind.INDICATOR, indicator, _of_item(made, component), n)
                _criterion(made, indicator)
    for place, look_for in enumerate(content["look_fors"]):
        _item(made, PartKind.LOOK_FOR, look_for, root, len(content["domains"]) + place)
    document = made.same("CFDocuments", about.version_id) | {
        "creator": "Throughline", "title": about.framework, "version": about.label, "caseVersion": "1.1",
        "frameworkType": "Educator practice", "adoptionStatus": STATUS[about.state],
        "extensions": {MINE: {"framework_id": str(about.framework_id), "scoring": content["scoring"]}},
    }  # fmt: skip
    rubric = made.same("CFRubrics", made.made("rubric")) | {"title": about.framework, "CFRubricCriteria": made.criteria}
    return {
        "CFDocument": document, "CFItems": made.items, "CFAssociations": made.associations,
        "CFRubrics": [rubric] if made.criteria else [],
    }  # fmt: skip


def _of_item(made: _Export, part: Mapping[str, Any]) -> dict[str, Any]:
    return made.link("CFItems", part["id"], part["title"])


def _item(made: _Export, kind: PartKind, part: Mapping[str, Any], above: Mapping[str, Any], place: int) -> None:
    said = {"fullStatement": part["title"], "humanCodingScheme": part["code"], "notes": part["description"]}
    extra = {name: part[name] for name in _EXTRA if part.get(name) not in (None, [])}
    item = made.same("CFItems", part["id"]) | said | {"CFItemType": TYPES[kind]}
    made.items.append(item | ({"extensions": {MINE: extra}} if extra else {}))
    made.associations.append(
        made.same("CFAssociations", made.made("child", part["id"]))
        | {"associationType": CHILD_OF, "sequenceNumber": place}
        | {"originNodeURI": _of_item(made, part), "destinationNodeURI": dict(above)}
    )


def _criterion(made: _Export, indicator: Mapping[str, Any]) -> None:
    if not indicator["levels"]:
        return
    levels = [
        made.same("CFRubricCriterionLevels", made.made("level", indicator["id"], level["ordinal"]))
        | {"quality": level["label"], "score": float(level["ordinal"]), "position": place}
        | {"description": level["descriptor"]}
        | {"extensions": {MINE: {"critical_attributes": level["critical_attributes"]}}}
        for place, level in enumerate(indicator["levels"])
    ]
    made.criteria.append(
        made.same("CFRubricCriteria", made.made("criterion", indicator["id"]))
        | {"CFItemURI": _of_item(made, indicator), "weight": indicator["weight"], "position": len(made.criteria)}
        | {"rubricId": str(made.made("rubric")), "CFRubricCriterionLevels": levels}
    )


def content_of(package: CFPackage) -> dict[str, Any]:
    """Read a package as the body of a version. What does not fit is said by pointer into the package."""
    mine = _mine(package.document)
    items = {item.identifier: item for item in package.items}
    tree = _Tree(package, items, _children(package), _levels(package))
    root = package.document.identifier
    return {
        "scoring": mine.get("scoring", Scoring.LEVELS.value),
        "domains": [tree.domain(item) for item in tree.below(root, PartKind.DOMAIN)],
        "look_fors": [tree.look_for(item) for item in tree.below(root, PartKind.LOOK_FOR)],
    }


def faults_of(package: CFPackage) -> list[FieldError]:
    """Say which items have a type that we do not know, or lie nowhere: nothing is dropped in silence."""
    items = {item.identifier: item for item in package.items}
    parents = {a.origin_node_uri.identifier: a.destination_node_uri.identifier for a in _child_of(package)}
    faults = []
    for number, item in enumerate(package.items):
        kind = kind_of(item)
        above = parents.get(item.identifier)
        if kind is None:
            known = ", ".join(TYPES.values())
            faults.append(FieldError(f"#/CFItems/{number}/CFItemType", "unknown", f"is none of {known}"))
        elif _stands_in(kind) != (kind_of(items[above]) if above in items else None) or (
            above not in items and above != package.document.identifier
        ):
            faults.append(FieldError(f"#/CFItems/{number}", "place", f"must be by isChildOf in a {_above(kind)}"))
    return [*faults, *_dropped(package, items)]


def _dropped(package: CFPackage, items: Mapping[UUID, CFItem]) -> Iterator[FieldError]:
    """Say what would be of no item, or of one that has it already: it could only pass by."""
    seen: set[UUID] = set()
    for number, item in enumerate(package.items):
        if item.identifier in seen:
            yield FieldError(f"#/CFItems/{number}/identifier", "twice", "stands there twice")
        seen.add(item.identifier)
    for number, one in enumerate(package.associations):
        if one.association_type == CHILD_OF and one.origin_node_uri.identifier not in items:
            pointer = f"#/CFAssociations/{number}/originNodeURI/identifier"
            yield FieldError(pointer, "unknown", "is no item of this package")
    seen.clear()
    for place, rubric in enumerate(package.rubrics):
        for number, criterion in enumerate(rubric.criteria):
            if criterion.cf_item_uri is None:
                continue
            id_ = criterion.cf_item_uri.identifier
            pointer = f"#/CFRubrics/{place}/CFRubricCriteria/{number}/CFItemURI/identifier"
            if id_ not in items or kind_of(items[id_]) is not PartKind.INDICATOR:
                yield FieldError(pointer, "unknown", "is no indicator of this package")
            elif id_ in seen:
                yield FieldError(pointer, "twice", "has a criterion already")
            seen.add(id_)


def _stands_in(kind: PartKind) -> PartKind | None:
    return {PartKind.COMPONENT: PartKind.DOMAIN, PartKind.INDICATOR: PartKind.COMPONENT}.get(kind)


def _above(kind: PartKind) -> str:
    above = _stands_in(kind)
    return TYPES[above] if above else "CFDocument"


def kind_of(item: CFItem) -> PartKind | None:
    return _KINDS.get((item.cf_item_type or "").lower())


def _child_of(package: CFPackage) -> Iterator[Any]:
    return (one for one in package.associations if one.association_type == CHILD_OF)


def _children(package: CFPackage) -> Mapping[UUID, Sequence[UUID]]:
    ordered = sorted(enumerate(_child_of(package)), key=lambda one: (one[1].sequence_number or 0, one[0]))
    found: dict[UUID, list[UUID]] = {}
    for _, one in ordered:
        found.setdefault(one.destination_node_uri.identifier, []).append(one.origin_node_uri.identifier)
    return found


def _levels(package: CFPackage) -> Mapping[UUID, list[dict[str, Any]]]:
    return {
        criterion.cf_item_uri.identifier: [_level(one, place) for place, one in enumerate(criterion.levels, start=1)]
        for rubric in package.rubrics
        for criterion in rubric.criteria
        if criterion.cf_item_uri is not None
    }


def _level(one: Any, place: int) -> dict[str, Any]:
    return {
        "ordinal": place if one.score is None else one.score,
        "label": one.quality or f"Level {place}",
        "descriptor": one.description,
        "critical_attributes": _mine(one).get("critical_attributes", []),
    }


@dataclass(frozen=True, slots=True)
class _Tree:
    package: CFPackage
    items: Mapping[UUID, CFItem]
    children: Mapping[UUID, Sequence[UUID]]
    levels: Mapping[UUID, list[dict[str, Any]]]

    def below(self, id_: UUID, kind: PartKind) -> Iterator[CFItem]:
        found = (self.items[one] for one in self.children.get(id_, ()) if one in self.items)
        return (item for item in found if kind_of(item) is kind)

    def domain(self, item: CFItem) -> dict[str, Any]:
        components = [self.component(one) for one in self.below(item.identifier, PartKind.COMPONENT)]
        return _part(item, "weight") | {"components": components}

    def component(self, item: CFItem) -> dict[str, Any]:
        indicators = [self.indicator(one) for one in self.below(item.identifier, PartKind.INDICATOR)]
        return _part(item, "weight") | {"indicators": indicators}

    def indicator(self, item: CFItem) -> dict[str, Any]:
        return _part(item, "weight", "prompts") | {"levels": self.levels.get(item.identifier, [])}

    def look_for(self, item: CFItem) -> dict[str, Any]:
        return _part(item, *_EXTRA)


def _part(item: CFItem, *names: str) -> dict[str, Any]:
    extra = _mine(item)
    said = {"id": str(item.identifier), "code": item.human_coding_scheme, "title": item.full_statement}
    return said | {"description": item.notes} | {name: extra[name] for name in names if name in extra}


def _mine(one: Any) -> Mapping[str, Any]:
    """Give what we said under our key; somebody else may have put anything there."""
    said = one.extensions.get(MINE)
    return said if isinstance(said, dict) else {}
