"""How adults learn: visions and goals, coaching cycles, professional learning, work plans.

It refuses to show the content of a coaching cycle to anybody but the pair.
"""

PREFIXES = (
    "/v1/visions",
    "/v1/goals",
    "/v1/coaching-cycles",
    "/v1/pl-activities",
    "/v1/pl-sessions",
    "/v1/work-plans",
    "/v1/action-steps",
    "/v1/coaching-sessions",
    "/v1/cycle-models",
    "/v1/credits",
    "/v1/plan-actions",
)
