"""A district's own set-up: roster (OneRoster), relationships, access, clients and tokens, and events out.

It alone holds students' rows, which leave only through OneRoster. It refuses whatever happens in classrooms: that is
observations', coaching's and analytics'.
"""

PREFIXES = (
    "/v1/people",
    "/v1/orgs",
    "/v1/terms",
    "/v1/courses",
    "/v1/classes",
    "/v1/enrollments",
    "/v1/relationships",
    "/v1/role-grants",
    "/v1/staff-assignments",
    "/v1/leaves",
    "/v1/school-attributes",
    "/v1/calendars",
    "/v1/roster-imports",
    "/v1/roster-exports",
    "/v1/roster-sources",
    "/v1/roster-pulls",
    "/v1/access",
    "/v1/data-exports",
    "/v1/erasures",
    "/v1/legal-holds",
    "/v1/clients",
    "/v1/partners",
    "/v1/data-share-agreements",
    "/v1/scopes",
    "/v1/identity-providers",
    "/v1/settings",
    "/v1/schedules",
    "/v1/events",
    "/v1/webhooks",
    "/v1/webhook-deliveries",
    "/oauth2",
    "/.well-known",
    "/ims/oneroster",
)
