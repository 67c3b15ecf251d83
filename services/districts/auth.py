"""What a route of this service may ask for: each permission is a type."""

from typing import Annotated

from fastapi import Depends

from shared.access.scopes import ONEROSTER
from shared.routing import reads, writes
from shared.units import Unit

_ROSTER, _ROSTER_CORE = f"{ONEROSTER}roster.readonly", f"{ONEROSTER}roster-core.readonly"

# Machines manage clients and follow the feed; what a person may do there, a role grant will have to say.
CanReadClients = Annotated[Unit, Depends(reads("clients.read", machines_only=True))]
CanWriteClients = Annotated[Unit, Depends(writes("clients.write", machines_only=True))]
CanReadEvents = Annotated[Unit, Depends(reads("events.read", machines_only=True, hot=True))]

# Whoever acts may look up staff, schools and classes; only systems of the district change them.
CanReadRoster = Annotated[Unit, Depends(reads("roster.read"))]
CanWriteRoster = Annotated[Unit, Depends(writes("roster.write", machines_only=True))]
CanUploadRoster = Annotated[Unit, Depends(writes("roster.write", machines_only=True, streamed=True))]
# Students are in an export, so it takes what reading them by OneRoster takes.
CanReadRosterExports = Annotated[Unit, Depends(reads(_ROSTER, machines_only=True))]
CanExportRoster = Annotated[Unit, Depends(writes(_ROSTER, machines_only=True))]
# Core reads collections and single objects, not what lies within what; demographics are read by their own scope alone.
CanReadOneRoster = Annotated[Unit, Depends(reads(_ROSTER, _ROSTER_CORE, machines_only=True, hot=True))]
CanReadOneRosterWithin = Annotated[Unit, Depends(reads(_ROSTER, machines_only=True, hot=True))]
CanReadDemographics = Annotated[
    Unit, Depends(reads(f"{ONEROSTER}roster-demographics.readonly", machines_only=True, hot=True))
]

# Of the staff beyond the roster: an acting person sees their own and that of the schools that they lead.
CanReadStaff = Annotated[Unit, Depends(reads("staff.read"))]
CanWriteStaff = Annotated[Unit, Depends(writes("staff.write", machines_only=True))]
CanReadLeaves = Annotated[Unit, Depends(reads("leaves.read"))]
CanWriteLeaves = Annotated[Unit, Depends(writes("leaves.write", machines_only=True))]
# Of schools: no person is in it, and small numbers of students are hidden from everybody.
CanReadSchools = Annotated[Unit, Depends(reads("schools.read"))]
CanWriteSchools = Annotated[Unit, Depends(writes("schools.write", machines_only=True))]
