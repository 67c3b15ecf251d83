"""Who may see what, and why: the policy's word, with where each relationship comes from."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from services.districts.access.queries import relationships_of
from services.districts.access.schemas import AccessDecision, AccessExplanation, PersonAccess, ResourceRef, Right
from services.districts.people.service import get_person
from services.districts.relationships.explaining import explain
from services.districts.relationships.schemas import RelationshipWhy
from shared.access import rights
from shared.access.explaining import load_roster, possible
from shared.access.policies import OWNERS, POLICIES
from shared.access.policy import Action, Because
from shared.access.principals import ActingPerson
from shared.clients.access import read_decisions
from shared.contracts.access import DecisionState
from shared.errors import FieldError, Invalid, NotFound
from shared.peers import Peers
from shared.units import Unit

_RESOURCE = re.compile(r"(?:/v1/)?([a-z-]+)[/:]([0-9a-fA-F-]{36})")
_WHY = {
    Because.SCOPE: "The client's token does not allow it.",
    Because.PURPOSE: "It is there, but what it says is not for this person: its purpose keeps it to others.",
    Because.RELATIONSHIP: "The person stands in no relationship that would allow it.",
    Because.NOT_SHARED: "It is not shared yet.",
}
_MADE = {Action.RECORD, Action.CHANGE}
_OTHERS = {
    Because.PURPOSE: "Not for this purpose, which is open to: {ways}.",
    Because.RELATIONSHIP: "The person stands in no relationship that would allow it, which is open to: {ways}.",
}


def resource_of(text: str) -> ResourceRef:
    match = _RESOURCE.fullmatch(text)
    if match is None or match[1] not in POLICIES:
        message = "names no resource of a kind that has a policy: " + ", ".join(sorted(POLICIES))
        raise Invalid(errors=[FieldError("#/query/resource", "resource", message)])
    try:
        return ResourceRef(kind=match[1], id=UUID(match[2]), owner=OWNERS[match[1]])
    except ValueError:
        raise Invalid(errors=[FieldError("#/query/resource", "resource", "ends in no id")]) from None


async def explain_access(
    unit: Unit, peers: Peers, person_id: UUID, resource: ResourceRef, as_of: date | None
) -> AccessExplanation:
    """Ask the resource's owner what its policy says, and add where the relationships come from."""
    await get_person(unit, person_id)
    day = as_of or unit.now.date()
    said = await read_decisions(
        peers[resource.owner], resource.owner, unit.district_id, person_id, resource.kind, resource.id, day
    )
    if said is None:
        raise NotFound
    return AccessExplanation(
        person_id=person_id,
        resource=resource,
        as_of=day,
        is_active=said.is_active,
        decisions=[await explained(unit, decision, day) for decision in said.decisions],
    )


async def access_of(unit: Unit, person_id: UUID, as_of: date | None) -> PersonAccess:
    """Say what somebody is on a day, what follows from it, and why."""
    await get_person(unit, person_id)
    day = as_of or unit.now.date()
    roster = await load_roster(unit.connection, unit.schema, unit.district_id, [person_id])
    person = rights.person_on(roster, person_id, day)
    known = person or ActingPerson(person_id)
    return PersonAccess(
        person_id=person_id,
        as_of=day,
        is_active=person is not None,
        merged_ids=sorted(known.absorbed),
        leads=sorted(known.led_orgs),
        administers=sorted(known.administered_orgs),
        belongs_to=sorted(known.orgs),
        supports=[{"kind": kind, "person_id": target} for kind, target in sorted(known.supported)],
        rights=list(_rights(known)) if person else [],
        relationships=await _why(unit, await relationships_of(unit, roster.names_of(person_id) | {person_id})),
    )


def _rights(person: ActingPerson) -> Iterable[Right]:
    for kind, policy in sorted(POLICIES.items()):
        for action in Action:
            if ways := possible(policy, person, action):
                yield Right(kind=kind, action=action, ways=ways)


async def explained(unit: Unit, said: DecisionState, day: date) -> AccessDecision:
    """Add to what the policy says where the relationships come from."""
    because = Because(said.because) if said.because else None
    found = await _why(unit, await relationships_of(unit, ids=said.relationships))
    return AccessDecision(
        action=Action(said.action),
        granted=said.granted,
        way=said.way,
        because=because,
        relationships=found,
        fitting=said.fitting,
        sentences=_sentences(said, because, found, day),
    )


def _sentences(said: DecisionState, because: Because | None, found: Sequence[RelationshipWhy], day: date) -> list[str]:
    if because is not None:
        ended = [f"It would be given by {why.relationship_id}, which does not hold on {day}." for why in found]
        others = _OTHERS.get(because) if said.action in _MADE else None
        why = others.format(ways=", ".join(said.fitting) or "nobody") if others else _WHY[because]
        return [why, *(ended if because is not Because.NOT_SHARED else [])]
    own = [f"Granted as {said.way}: it is the person's own."] if said.is_own else [f"Granted as {said.way}."]
    return own + [f"It stands on {why.relationship_id}. {' '.join(why.sentences)}" for why in found]


async def _why(unit: Unit, rows: Sequence[object]) -> list[RelationshipWhy]:
    return [await explain(unit, row) for row in rows]  # type: ignore[arg-type]  # rows of relationships
