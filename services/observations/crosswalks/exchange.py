"""A crosswalk out of a CFPackage of CASE 1.1, ours or somebody else's: a draft under the id that it has."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.observations.crosswalks import rules, service
from services.observations.crosswalks.models import Crosswalk
from services.observations.crosswalks.schemas import MOST, CrosswalkEnds, CrosswalkWrite
from services.observations.frameworks.case_schemas import MINE, CFPackage
from services.observations.frameworks.queries import indicators_of
from services.observations.frameworks.service import must_lead
from shared.errors import FieldError, Invalid
from shared.json_body import faults_of
from shared.units import Unit


async def take_in(unit: Unit, package: CFPackage, asked: CrosswalkEnds) -> tuple[Crosswalk, service.Lines]:
    """Draft what the package says. What is sent twice is done once."""
    must_lead(unit)
    ends = _ends(package, asked)
    if len(package.associations) > MOST:
        raise Invalid(errors=[FieldError("#/CFAssociations", "many", f"a crosswalk has at most {MOST}")])
    known = await indicators_of(unit, ends.values())
    found = list(rules.correspondences_of(package, known.get(ends["from_version_id"], {})))
    if faults := [one for one in found if isinstance(one, FieldError)]:
        raise Invalid(errors=faults[:20])
    try:
        body = CrosswalkWrite.model_validate({"name": package.document.title[:200], "correspondences": found, **ends})
    except ValidationError as error:
        raise Invalid("it makes no crosswalk", errors=[_in_package(one) for one in faults_of(error)]) from error
    try:
        return await service.put_crosswalk(unit, package.document.identifier, body)
    except Invalid as error:
        raise Invalid(errors=[_in_package(fault) for fault in error.errors]) from error


def _ends(package: CFPackage, asked: CrosswalkEnds) -> dict[str, UUID]:
    """Give the versions between which it lies: those that are asked, else those that we wrote into it."""
    said: Any = package.document.extensions.get(MINE)
    found: dict[str, UUID] = {}
    for name, value in asked.model_dump().items():
        given = value or (said.get(name) if isinstance(said, dict) else None)
        try:
            found[name] = UUID(str(given))
        except ValueError:
            message = "says between which versions it lies, where the package does not"
            raise Invalid(errors=[FieldError(f"#/query/{name}", "missing", message)]) from None
    if len(set(found.values())) < len(found):
        raise Invalid(errors=[FieldError("#/query/to_version_id", "same", "a crosswalk lies between two versions")])
    return found


def _in_package(fault: FieldError) -> FieldError:
    pointer = fault.pointer.replace("#/correspondences", "#/CFAssociations").replace("#/name", "#/CFDocument/title")
    pointer = pointer.replace("/from_indicator_id", "/originNodeURI").replace("/to_indicator_id", "/destinationNodeURI")
    return replace(fault, pointer=pointer)
