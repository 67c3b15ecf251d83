"""A row of OneRoster REST, 1.1 or 1.2, as the cells of OneRoster CSV 1.2: what follows sourcedId, status and the date.

Real providers leave members out, pad them, and write a boolean as a word or a word as a boolean.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import orjson

Row = Mapping[str, Any]
Cells = list[str]
_OWN_URI = "urn:oneroster:userProfile:"  # how we write the id of a profile that is no URI: documents.py


def text(value: Any) -> str:
    """Write a scalar in one line, without the blanks around it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return " ".join(str(value).split())


def items(value: Any) -> str:
    many = value if isinstance(value, list) else [value]
    return ",".join(filter(None, (text(one).replace(",", " ") for one in many)))


def ref(value: Any) -> str:
    """Give the id of a reference: an object, its bare id, or a list of which the first counts."""
    if isinstance(value, list):
        return ref(value[0]) if value else ""
    return text(value.get("sourcedId")) if isinstance(value, dict) else text(value)


def refs(value: Any) -> str:
    many = value if isinstance(value, list) else [value]
    return ",".join(filter(None, map(ref, many)))


def is_gone(row: Row) -> bool:
    return text(row.get("status")).lower() in {"tobedeleted", "inactive"}


def extension(row: Row) -> dict[str, str]:
    given = row.get("metadata")
    if not isinstance(given, dict):
        return {}
    return {name.strip(): text(value) for name, value in given.items() if name.strip() and text(value)}


def _take(*names: str) -> Callable[[Row], Cells]:
    return lambda row: [text(row.get(name)) for name in names]


def _session(row: Row) -> Cells:
    return [*_take("title", "type", "startDate", "endDate")(row), ref(row.get("parent")), ref(row.get("schoolYear"))]


def _org(row: Row) -> Cells:
    return [*_take("name", "type", "identifier")(row), ref(row.get("parent"))]


def _course(row: Row) -> Cells:
    return [
        ref(row.get("schoolYear")), *_take("title", "courseCode")(row), items(row.get("grades")), ref(row.get("org")),
        items(row.get("subjects")), items(row.get("subjectCodes")),
    ]  # fmt: skip


def _class(row: Row) -> Cells:
    return [
        text(row.get("title")), items(row.get("grades")), ref(row.get("course")),
        *_take("classCode", "classType", "location")(row), ref(row.get("school")), refs(row.get("terms")),
        items(row.get("subjects")), items(row.get("subjectCodes")), items(row.get("periods")),
    ]  # fmt: skip


def _user(row: Row) -> Cells:
    """Write a user. A password is never taken in. 1.1 has no primary organisation: the first one serves."""
    ids = row.get("userIds")
    pairs = [i for i in ids if isinstance(i, dict)] if isinstance(ids, list) else []
    enabled = text(row.get("enabledUser")).lower()
    return [
        enabled, text(row.get("username")),
        ",".join(f"{{{text(i.get('type'))}:{text(i.get('identifier'))}}}" for i in pairs),
        *_take("givenName", "familyName", "middleName", "identifier", "email", "sms", "phone")(row),
        refs(row.get("agents")), items(row.get("grades")), "", text(row.get("userMasterIdentifier")),
        *_take("preferredFirstName", "preferredMiddleName", "preferredLastName")(row),
        ref(row.get("primaryOrg")) or ref(row.get("orgs")), text(row.get("pronouns")),
    ]  # fmt: skip


def _enrollment(row: Row) -> Cells:
    who = [ref(row.get(name)) for name in ("class", "school", "user")]
    return [*who, text(row.get("role")), text(row.get("primary")).lower(), *_take("beginDate", "endDate")(row)]


CELLS: dict[str, Callable[[Row], Cells]] = {
    "academicSessions": _session, "orgs": _org, "courses": _course, "classes": _class, "users": _user,
    "enrollments": _enrollment,
}  # fmt: skip


def _profile_id(user: str, value: Any) -> str:
    """Name a profile, whose id in REST is unique within its user alone, unless it is an id of CSV as we serve it."""
    written = text(value)
    if written.startswith(_OWN_URI):
        return unquote(written.removeprefix(_OWN_URI))
    return f"{user}@{written}" if written else ""


def profiles_of(row: Row) -> dict[str, Cells] | None:
    """Give a user's profiles by their ids; None of a user of whom the provider says nothing. No password is taken."""
    given = row.get("userProfiles")
    if not isinstance(given, list):
        return None
    user, found = text(row.get("sourcedId")), dict[str, Cells]()
    for profile in (p for p in given if isinstance(p, dict) and text(p.get("profileId"))):
        listed = profile.get("credentials")
        credentials = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
        credential = credentials[0] if credentials else {}
        found[_profile_id(user, profile["profileId"])] = [
            user, *_take("profileType", "vendorId", "applicationId", "description")(profile),
            *_take("type", "username")(credential), "",
        ]  # fmt: skip
    return found


def roles_of(row: Row) -> dict[str, Cells]:
    """Give a user's roles by an id that is always the same: REST has none for them.

    1.1 has one role and organisations: one role for each, named as an upload of 1.1 names it.
    """
    user, found = text(row.get("sourcedId")), dict[str, Cells]()
    given = row.get("roles")
    if isinstance(given, list) and given:
        for role in (r for r in given if isinstance(r, dict)):
            org, word = ref(role.get("org")), text(role.get("role"))
            kind, begin, end = (text(role.get(name)) for name in ("roleType", "beginDate", "endDate"))
            key, turn = f"{user}@{org}:{word}", 1
            while key in found:
                turn += 1
                key = f"{user}@{org}:{word}:{turn}"
            found[key] = [user, kind, word, begin, end, org, _profile_id(user, role.get("userProfile"))]
        return found
    word = text(row.get("role"))
    for number, org in enumerate(filter(None, refs(row.get("orgs")).split(","))):
        found[f"{user}@{org}"] = [user, "secondary" if number else "primary", word, "", "", org, ""]
    return found
