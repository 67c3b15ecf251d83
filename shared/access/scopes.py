"""Every scope there is, with what it allows. A client gets some; `all` stands for every one of them."""

ONEROSTER = "https://purl.imsglobal.org/spec/or/v1p2/scope/"

# A file of a roster, or an export of one, that holds students' results takes these beside its own.
READS_DEMOGRAPHICS = f"{ONEROSTER}roster-demographics.readonly"
HANDS_IN_RESULTS, READS_RESULTS = f"{ONEROSTER}gradebook.createput", f"{ONEROSTER}gradebook.readonly"
ONEROSTER_V1P1 = "https://purl.imsglobal.org/spec/or/v1p1/scope/"

SCOPES: dict[str, str] = {
    "roster.read": "Read people (staff), orgs, terms, courses, classes, enrollments and relationships.",
    "roster.write": "Change them, and upload rosters.",
    "staff.read": "Read what staff are where: position, FTE, licence level, career stage.",
    "staff.write": "Change that.",
    "leaves.read": "Read who of the staff is on leave, why and how long.",
    "leaves.write": "Change leaves.",
    "schools.read": "Read school attributes, small numbers of students hidden, and calendars.",
    "schools.write": "Change them.",
    "settings.read": "Read the district's settings.",
    "settings.write": "Change them.",
    "clients.read": "Read the district's clients, never their secrets.",
    "clients.write": "Create and revoke clients.",
    "partners.read": "Read the district's external partners and their data-share agreements.",
    "partners.write": "Name partners, record data-share agreements and revoke them.",
    "identity_providers.read": "Read which identity providers vouch for the district's people.",
    "identity_providers.write": "Name them: whoever may do this says who counts as whom.",
    "events.read": "Read the change feed.",
    "webhooks.read": "Read webhooks and what was sent to them, never their secrets.",
    "webhooks.write": "Name endpoints that are told what happens; ping, replay and retry.",
    "schedules.read": "Read what is done by the clock, and when next.",
    "schedules.write": "Have done by the clock what the client may do by hand.",
    "audit.read": "Read the audit log.",
    "access.read": "Read who may see what, and why.",
    "own_data.read": "Let a person download everything about themselves.",
    "personal_data.export": "Download everything about any member of the staff.",
    "personal_data.read": "Read erasures, legal holds and retention rules.",
    "personal_data.erase": "Plan and apply erasures, keep legal holds, say how long what is kept.",
    "jobs.read": "Follow long work.",
    "jobs.write": "Cancel and retry long work.",
    "frameworks.read": "Read frameworks and their versions.",
    "frameworks.write": "Draft and publish framework versions.",
    "acknowledgements.read": "Read who confirmed having read a framework version, and counts by school.",
    "acknowledgements.write": "Confirm having read one, as the acting person.",
    "observations.read": "Read observations; the content of coaching ones only as one of the pair.",
    "observations.read:evaluation": "Read the content of evaluations without acting for a person.",
    "observations.write": "Schedule, record, score and share observations.",
    "walks.read": "Read learning walks.",
    "walks.write": "Plan, record and debrief learning walks.",
    "goals.read": "Read visions, goals and work plans.",
    "goals.write": "Change visions, goals and work plans.",
    "coaching.read": "Read coaching cycles; their content only as one of the pair.",
    "coaching.write": "Run coaching cycles.",
    "pl.read": "Read professional learning.",
    "pl.write": "Plan and record professional learning.",
    "measures.read": "Read measures and throughlines.",
    "act_as": "Act for a person: one named in the header Throughline-Person, or whose ID token is exchanged.",
    "backfill": "Set past times: a migration, or a tablet that was offline.",
    f"{ONEROSTER}roster.readonly": "OneRoster 1.2: everything of rostering but demographics.",
    f"{ONEROSTER}roster-core.readonly": "OneRoster 1.2: collections and single objects of rostering but demographics.",
    READS_DEMOGRAPHICS: "OneRoster 1.2: demographics, and nothing else.",
    f"{ONEROSTER}gradebook.readonly": "OneRoster 1.2: read students' results.",
    f"{ONEROSTER}gradebook-core.readonly": "OneRoster 1.2: collections and single objects of the gradebook.",
    f"{ONEROSTER}gradebook.createput": "OneRoster 1.2: hand in results under ids of one's own.",
    f"{ONEROSTER}gradebook.createpost": "OneRoster 1.2: hand in many line items or results at once.",
    f"{ONEROSTER}gradebook.delete": "OneRoster 1.2: take line items, results, categories and score scales back.",
    f"{ONEROSTER_V1P1}roster.readonly": "OneRoster 1.1: everything of rostering but demographics.",
    f"{ONEROSTER_V1P1}roster-core.readonly": "OneRoster 1.1: collections and single objects but demographics.",
    f"{ONEROSTER_V1P1}roster-demographics.readonly": "OneRoster 1.1: demographics, and nothing else.",
    f"{ONEROSTER_V1P1}gradebook.readonly": "OneRoster 1.1: read students' results.",
    f"{ONEROSTER_V1P1}gradebook-core.readonly": "OneRoster 1.1: collections and single objects of the gradebook.",
    f"{ONEROSTER_V1P1}gradebook.createput": "OneRoster 1.1: hand in results under ids of one's own.",
    f"{ONEROSTER_V1P1}gradebook.delete": "OneRoster 1.1: take line items, results and categories back.",
}
ALL = "all"


def expand(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset(SCOPES) if ALL in scopes else scopes
