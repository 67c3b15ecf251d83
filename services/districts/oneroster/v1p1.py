"""OneRoster 1.1: the same rows as 1.2, told in the words of the older release.

A user there has one role and a list of organisations. The roles that 1.2 tells apart become the wider ones of 1.1, and
so do words that only an extension knows: 1.1 has no way to extend a vocabulary.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.districts.oneroster.collections import Collection, Kind, Member
from services.districts.oneroster.objects import BASE, OBJECTS, parts
from services.districts.oneroster.presenting import Convert, Presentation
from services.districts.oneroster.relations import RELATIONS
from services.districts.oneroster.rostering import COLLECTIONS

WIDER = {
    "principal": "administrator", "siteAdministrator": "administrator", "districtAdministrator": "administrator",
    "systemAdministrator": "administrator", "counselor": "aide",
}  # fmt: skip
_STANDS_FOR = {
    "administrator": ("administrator", *(role for role, wider in WIDER.items() if wider == "administrator")),
    "aide": ("aide", "counselor"),
}
_USER = parts(
    f"{BASE} username userIds:userIds enabledUser*:flag givenName* familyName* middleName role*:role identifier"
    " email sms phone agents:refs orgs*:refs grades:texts password"
)


def _user(row: dict[str, Any]) -> dict[str, Any]:
    """Give the first role, a primary one if there is any; who has none is an aide, which opens least."""
    roles = row["roles"]
    role = roles[0]["role"] if roles else "aide"
    orgs = {org["sourcedId"]: org for org in (r["org"] for r in roles)}
    if not orgs and "primaryOrg" in row:
        orgs = {row["primaryOrg"]["sourcedId"]: row["primaryOrg"]}
    told = row | {"role": WIDER.get(role, _plain(role, "aide")), "orgs": [*orgs.values()]}
    return {name: value for name, value in told.items() if name in V1P1_OBJECTS["user"]}


def _plain(word: str, instead: str) -> str:
    return instead if word.startswith("ext:") else word


def _narrowed(member: str, instead: str) -> Convert:
    def convert(row: dict[str, Any]) -> dict[str, Any]:
        return row | {member: _plain(row[member], instead)} if member in row else row

    return convert


def _demographics(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "sex" or value in {"male", "female"}}


V1P1_OBJECTS = {**OBJECTS, "user": _USER}
V1P1 = Presentation(
    "/ims/oneroster/v1p1", V1P1_OBJECTS, schema_prefix="OneRosterV1P1", operation_prefix="oneroster_v1p1_",
    is_lenient=True,
    converted={
        "user": _user, "demographics": _demographics, "class": _narrowed("classType", "scheduled"),
        "org": _narrowed("type", "local"), "academicSession": _narrowed("type", "term"),
        "enrollment": _narrowed("role", "proctor"),
    },
)  # fmt: skip


def _of_v1p1(collection: Collection) -> Collection:
    if collection.one != "user":
        return collection
    role = Member("r.role", Kind.ROLES, _STANDS_FOR)
    return replace(collection, members={**collection.members, "role": role})


V1P1_COLLECTIONS: Mapping[str, Collection] = {path: _of_v1p1(c) for path, c in COLLECTIONS.items()}
V1P1_RELATIONS: Mapping[str, Collection] = {path: _of_v1p1(c) for path, c in RELATIONS.items()}
