"""What a crosswalk may say, how it reads from the other side, and what CASE calls it. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from services.observations.crosswalks.schemas import Correspondence, Relation
from services.observations.frameworks.case_schemas import MINE, CFPackage
from services.observations.frameworks.schemas import VersionState
from shared.errors import FieldError

MOVES: Mapping[str, tuple[VersionState, VersionState]] = {
    "publish": (VersionState.DRAFT, VersionState.PUBLISHED),
    "retire": (VersionState.PUBLISHED, VersionState.RETIRED),
}
_TURNED = {Relation.BROADER: Relation.NARROWER, Relation.NARROWER: Relation.BROADER}
# CASE 1.1 has words for two of the four; the others are extensions of its vocabulary, under SKOS's names.
CASE_TYPES = {
    Relation.EXACT: "exactMatchOf",
    Relation.RELATED: "isRelatedTo",
    Relation.BROADER: "ext:skos.broadMatch",
    Relation.NARROWER: "ext:skos.narrowMatch",
}
NOTE = 10_000
_RELATIONS = {name: relation for relation, name in CASE_TYPES.items()}


def moves_from(state: str) -> list[str]:
    return [verb for verb, (source, _) in MOVES.items() if source == state]


def turned(relation: Relation) -> Relation:
    return _TURNED.get(relation, relation)


def faults_of(
    said: Sequence[Correspondence], origins: Collection[UUID], destinations: Collection[UUID]
) -> Iterator[FieldError]:
    """Say what does not fit: unknown indicators, a pair that stands twice, and an indicator that equals two."""
    pairs: set[tuple[UUID, UUID]] = set()
    equal: set[tuple[str, UUID]] = set()
    for number, one in enumerate(said):
        pointer = f"#/correspondences/{number}"
        if one.from_indicator_id not in origins:
            yield FieldError(f"{pointer}/from_indicator_id", "unknown", "is no indicator of from_version_id")
        if one.to_indicator_id not in destinations:
            yield FieldError(f"{pointer}/to_indicator_id", "unknown", "is no indicator of to_version_id")
        pair = (one.from_indicator_id, one.to_indicator_id)
        if pair in pairs:
            yield FieldError(pointer, "twice", "this pair stands twice: two indicators have one relation")
        pairs.add(pair)
        if one.relation is Relation.EXACT:
            for side, id_ in (("from_indicator_id", pair[0]), ("to_indicator_id", pair[1])):
                if (side, id_) in equal:
                    yield FieldError(f"{pointer}/{side}", "exact", "is exact to another one already: say broader")
                equal.add((side, id_))


def package_of(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], base: str) -> dict[str, Any]:
    """Say a crosswalk as a CFPackage of CFAssociations between the items of two other documents.

    `header` has id, name, state, changed_at, the two versions, and `titles` of their indicators. Ids that CASE asks for
    and we do not have follow from ours, so that two exports are the same.
    """
    own, stamp = header["id"], header["changed_at"].isoformat().replace("+00:00", "Z")

    def item(version_id: UUID, indicator_id: UUID) -> dict[str, Any]:
        uri = f"{base}/v1/framework-versions/{version_id}/case#/CFItems/{indicator_id}"
        return {"title": header["titles"][indicator_id], "identifier": str(indicator_id), "uri": uri}

    def same(kind: str, id_: UUID) -> dict[str, Any]:
        uri = f"{base}/v1/crosswalks/{own}/case#/{kind}/{id_}"
        return {"identifier": str(id_), "uri": uri, "lastChangeDateTime": stamp}

    associations = [
        same("CFAssociations", uuid5(own, f"{line['from_indicator_id']}/{line['to_indicator_id']}"))
        | {"associationType": CASE_TYPES[Relation(line["relation"])], "sequenceNumber": place}
        | {"originNodeURI": item(header["from_version_id"], line["from_indicator_id"])}
        | {"destinationNodeURI": item(header["to_version_id"], line["to_indicator_id"])}
        | ({"extensions": {MINE: {"note": line["note"]}}} if line["note"] else {})
        for place, line in enumerate(lines)
    ]
    document = same("CFDocuments", own) | {
        "creator": "Throughline", "title": header["name"], "caseVersion": "1.1", "frameworkType": "Crosswalk",
        "adoptionStatus": header["status"],
        "extensions": {MINE: {name: str(header[name]) for name in ("from_version_id", "to_version_id")}},
    }  # fmt: skip
    return {"CFDocument": document, "CFItems": [], "CFAssociations": associations, "CFRubrics": []}


def correspondences_of(package: CFPackage, origins: Collection[UUID]) -> Iterator[dict[str, Any] | FieldError]:
    """Read the associations of a package, in their order; one that starts on the other side is turned.

    A type that says something else than what corresponds to what is a fault: nothing is dropped in silence.
    """
    for number, one in enumerate(package.associations):
        relation = _RELATIONS.get(one.association_type)
        if relation is None:
            known = ", ".join(_RELATIONS)
            yield FieldError(f"#/CFAssociations/{number}/associationType", "unknown", f"is none of {known}")
            continue
        ends = (one.origin_node_uri.identifier, one.destination_node_uri.identifier)
        if ends[0] not in origins and ends[1] in origins:
            ends, relation = ends[::-1], turned(relation)
        said = (one.extensions or {}).get(MINE)
        note = str(said["note"])[:NOTE] or None if isinstance(said, dict) and said.get("note") else None
        yield {"from_indicator_id": ends[0], "to_indicator_id": ends[1], "relation": relation, "note": note}
