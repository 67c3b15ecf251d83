"""What a piece of evidence must have, and what it is made of. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from services.observations.evidence_items.schemas import EvidenceItemWrite, EvidenceKind
from services.observations.frameworks.rules import Instrument
from shared.errors import FieldError

_SPAN = ("line_id", "begin", "end")
_CLIP = ("start_ms", "end_ms")
_NEEDS: Mapping[EvidenceKind, tuple[str, ...]] = {
    EvidenceKind.SCRIPT: _SPAN,
    EvidenceKind.NOTE: ("text",),
    EvidenceKind.ARTEFACT: ("asset",),
    EvidenceKind.VIDEO: ("asset", "text", *_CLIP),
}
_MAY: Mapping[EvidenceKind, tuple[str, ...]] = {
    EvidenceKind.SCRIPT: (),
    EvidenceKind.NOTE: (),
    EvidenceKind.ARTEFACT: ("text",),
    EvidenceKind.VIDEO: (),
}
_PARTS = ("text", *_SPAN, "asset", *_CLIP)


def faults_of(body: EvidenceItemWrite, instrument: Instrument | None) -> Iterator[FieldError]:
    """Say what does not fit. No instrument: the observation has no framework, so nothing can be coded."""
    allowed = {*_NEEDS[body.kind], *_MAY[body.kind]}
    for name in _PARTS:
        given = getattr(body, name) is not None
        if given and name not in allowed:
            yield FieldError(f"#/{name}", "kind", f"is no part of evidence of kind {body.kind}")
        if not given and name in _NEEDS[body.kind]:
            yield FieldError(f"#/{name}", "missing", f"is needed for evidence of kind {body.kind}")
    if body.start_ms is not None and body.end_ms is not None and body.end_ms < body.start_ms:
        yield FieldError("#/end_ms", "order", "must not lie before start_ms")
    for number, code in enumerate(body.codes):
        if code in body.codes[:number]:
            yield FieldError(f"#/codes/{number}", "twice", "stands there twice")
        elif instrument is None or (code not in instrument.levels and code not in instrument.look_fors):
            yield FieldError(
                f"#/codes/{number}", "unknown", "is no indicator or look-for of the observation's framework"
            )


def span_of(body: EvidenceItemWrite, script: Sequence[Mapping[str, Any]]) -> tuple[str, str] | FieldError:
    """Give the words that a span marks, and when they were said; or say why there are none."""
    line = next((line for line in script if line["id"] == str(body.line_id)), None)
    if line is None:
        return FieldError("#/line_id", "unknown", "is no line of the script")
    begin, end = body.begin or 0, body.end or 0
    if not begin < end <= len(line["text"]):
        return FieldError("#/end", "range", f"must lie after begin and within the {len(line['text'])} characters")
    return line["text"][begin:end], line["at"]


def sha256_of(values: Mapping[str, Any]) -> str:
    """Hash what makes the evidence: who says where and when what was seen, and what it speaks to."""
    names = ("observation_id", "author_id", "kind", "at", *_PARTS, "codes")
    said = {name: values[name] for name in names}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z, default=str)).hexdigest()
