"""What a route of this service may ask for: each permission is a type."""

from typing import Annotated

from fastapi import Depends

from shared.access.scopes import ONEROSTER, ONEROSTER_V1P1, READS_DEMOGRAPHICS
from shared.routing import reads, writes
from shared.units import Unit

_ROSTER, _ROSTER_CORE = f"{ONEROSTER}roster.readonly", f"{ONEROSTER}roster-core.readonly"

# Machines manage clients and follow the feed; what a person may do there, a role grant will have to say.
CanReadClients = Annotated[Unit, Depends(reads("clients.read", machines_only=True))]
CanWriteClients = Annotated[Unit, Depends(writes("clients.write", machines_only=True))]
# Systems of the district, never a partner's own: no agreement may give these.
CanReadPartners = Annotated[Unit, Depends(reads("partners.read", machines_only=True))]
CanWritePartners = Annotated[Unit, Depends(writes("partners.write", machines_only=True))]
# Whoever may name an identity provider says who counts as whom.
CanReadIdentityProviders = Annotated[Unit, Depends(reads("identity_providers.read", machines_only=True))]
CanWriteIdentityProviders = Annotated[Unit, Depends(writes("identity_providers.write", machines_only=True))]
# It says who may see what of whom, which is nobody's right by relationship.
CanReadAccess = Annotated[Unit, Depends(reads("access.read", machines_only=True))]
CanReadEvents = Annotated[Unit, Depends(reads("events.read", machines_only=True, hot=True))]
CanReadWebhooks = Annotated[Unit, Depends(reads("webhooks.read", machines_only=True))]
CanWriteWebhooks = Annotated[Unit, Depends(writes("webhooks.write", machines_only=True))]
# What is scheduled takes its own scopes besides (schedules/tasks.py).
CanReadSchedules = Annotated[Unit, Depends(reads("schedules.read", machines_only=True))]
CanWriteSchedules = Annotated[Unit, Depends(writes("schedules.write", machines_only=True))]

CanReadSettings = Annotated[Unit, Depends(reads("settings.read", machines_only=True))]
CanWriteSettings = Annotated[Unit, Depends(writes("settings.write", machines_only=True))]

# Whoever acts may look up staff, schools and classes; only systems of the district change them.
CanReadRoster = Annotated[Unit, Depends(reads("roster.read"))]
CanWriteRoster = Annotated[Unit, Depends(writes("roster.write", machines_only=True))]
CanReadMerges = Annotated[Unit, Depends(reads("roster.read", machines_only=True))]
CanUploadRoster = Annotated[Unit, Depends(writes("roster.write", machines_only=True, streamed=True))]
CanReadRosterSources = Annotated[Unit, Depends(reads("roster.read", machines_only=True))]
# Students are in an export, so it takes what reading them by OneRoster takes.
CanReadRosterExports = Annotated[Unit, Depends(reads(_ROSTER, machines_only=True))]
CanExportRoster = Annotated[Unit, Depends(writes(_ROSTER, machines_only=True))]
# Core reads collections and single objects, not what lies within what; demographics are read by their own scope alone.
CanReadOneRoster = Annotated[Unit, Depends(reads(_ROSTER, _ROSTER_CORE, machines_only=True, hot=True))]
CanReadOneRosterWithin = Annotated[Unit, Depends(reads(_ROSTER, machines_only=True, hot=True))]
CanReadDemographics = Annotated[Unit, Depends(reads(READS_DEMOGRAPHICS, machines_only=True, hot=True))]
# On the base path of 1.1 its own scopes serve as well.
_OLD_ROSTER, _OLD_ROSTER_CORE = f"{ONEROSTER_V1P1}roster.readonly", f"{ONEROSTER_V1P1}roster-core.readonly"
_OLD_DEMOGRAPHICS = f"{ONEROSTER_V1P1}roster-demographics.readonly"
CanReadOneRosterV1P1 = Annotated[
    Unit, Depends(reads(_ROSTER, _ROSTER_CORE, _OLD_ROSTER, _OLD_ROSTER_CORE, machines_only=True, hot=True))
]
CanReadOneRosterWithinV1P1 = Annotated[Unit, Depends(reads(_ROSTER, _OLD_ROSTER, machines_only=True, hot=True))]
CanReadDemographicsV1P1 = Annotated[
    Unit, Depends(reads(READS_DEMOGRAPHICS, _OLD_DEMOGRAPHICS, machines_only=True, hot=True))
]
# Students' results: only machines, under the scopes of the standard. 1.1 knows no POST.
_GRADES, _GRADES_CORE = f"{ONEROSTER}gradebook.readonly", f"{ONEROSTER}gradebook-core.readonly"
_OLD_GRADES, _OLD_GRADES_CORE = f"{ONEROSTER_V1P1}gradebook.readonly", f"{ONEROSTER_V1P1}gradebook-core.readonly"
_PUT, _DELETE = "gradebook.createput", "gradebook.delete"
CanReadGradebook = Annotated[Unit, Depends(reads(_GRADES, _GRADES_CORE, machines_only=True, hot=True))]
CanReadGradebookWithin = Annotated[Unit, Depends(reads(_GRADES, machines_only=True, hot=True))]
CanPutGradebook = Annotated[Unit, Depends(writes(f"{ONEROSTER}{_PUT}", machines_only=True, hot=True))]
CanPostGradebook = Annotated[Unit, Depends(writes(f"{ONEROSTER}gradebook.createpost", machines_only=True, hot=True))]
CanDeleteGradebook = Annotated[Unit, Depends(writes(f"{ONEROSTER}{_DELETE}", machines_only=True, hot=True))]
CanReadGradebookV1P1 = Annotated[
    Unit, Depends(reads(_GRADES, _GRADES_CORE, _OLD_GRADES, _OLD_GRADES_CORE, machines_only=True, hot=True))
]
CanReadGradebookWithinV1P1 = Annotated[Unit, Depends(reads(_GRADES, _OLD_GRADES, machines_only=True, hot=True))]
CanPutGradebookV1P1 = Annotated[
    Unit, Depends(writes(f"{ONEROSTER}{_PUT}", f"{ONEROSTER_V1P1}{_PUT}", machines_only=True, hot=True))
]
CanDeleteGradebookV1P1 = Annotated[
    Unit, Depends(writes(f"{ONEROSTER}{_DELETE}", f"{ONEROSTER_V1P1}{_DELETE}", machines_only=True, hot=True))
]

# Of the staff beyond the roster: an acting person sees their own and that of the schools that they lead.
CanReadStaff = Annotated[Unit, Depends(reads("staff.read"))]
CanWriteStaff = Annotated[Unit, Depends(writes("staff.write", machines_only=True))]
CanReadLeaves = Annotated[Unit, Depends(reads("leaves.read"))]
CanWriteLeaves = Annotated[Unit, Depends(writes("leaves.write", machines_only=True))]
# Of schools: no person is in it, and small numbers of students are hidden from everybody.
CanReadSchools = Annotated[Unit, Depends(reads("schools.read"))]
CanWriteSchools = Annotated[Unit, Depends(writes("schools.write", machines_only=True))]

# Whole tables are for systems of the district. An import keeps its own transactions; its unit guards them (hot).
CanExportStaff = Annotated[Unit, Depends(reads("staff.read", machines_only=True))]
CanImportStaff = Annotated[Unit, Depends(writes("staff.write", machines_only=True, hot=True))]
CanExportLeaves = Annotated[Unit, Depends(reads("leaves.read", machines_only=True))]
CanImportLeaves = Annotated[Unit, Depends(writes("leaves.write", machines_only=True, hot=True))]
CanExportCalendars = Annotated[Unit, Depends(reads("schools.read", machines_only=True))]
# Students are in it as they were counted, small numbers too: for whoever could have handed them in.
CanExportSchoolAttributes = Annotated[Unit, Depends(reads("schools.write", machines_only=True))]
CanImportSchools = Annotated[Unit, Depends(writes("schools.write", machines_only=True, hot=True))]
CanExportRelationships = Annotated[Unit, Depends(reads("roster.read", machines_only=True))]
CanImportRelationships = Annotated[Unit, Depends(writes("roster.write", machines_only=True, hot=True))]
CanExportRoleGrants = Annotated[Unit, Depends(reads("roster.read", machines_only=True))]
CanImportRoleGrants = Annotated[Unit, Depends(writes("roster.write", machines_only=True, hot=True))]

# Everything about one person: for that person, or a machine that may take anybody's (data_exports/service.py decides).
CanReadPersonalData = Annotated[Unit, Depends(reads("own_data.read", "personal_data.export"))]
CanExportPersonalData = Annotated[Unit, Depends(writes("own_data.read", "personal_data.export"))]
CanReadErasures = Annotated[Unit, Depends(reads("personal_data.read", machines_only=True))]
CanErase = Annotated[Unit, Depends(writes("personal_data.erase", machines_only=True))]
