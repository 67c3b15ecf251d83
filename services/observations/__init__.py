"""What is seen in classrooms: frameworks, observations, feedback, learning walks.

It keeps what the observer saw, in the words of the framework version that the observer had. It refuses to rank people,
and to move anything from coaching into evaluation.
"""

PREFIXES = (
    "/v1/frameworks",
    "/v1/framework-versions",
    "/v1/framework-enablements",
    "/v1/crosswalks",
    "/v1/agreements",
    "/v1/enabled-framework-versions",
    "/v1/acknowledgements",
    "/v1/observation-policy",
    "/v1/observation-conflicts",
    "/v1/observations",
    "/v1/feedback",
    "/v1/learning-walks",
    "/v1/walk-stops",
    "/v1/evidence-links",
    "/v1/evidence-items",
    "/v1/evidence-packages",
    "/v1/visits",
    "/v1/observation-attachments",
    "/v1/lane-balances",
    "/v1/prior-ratings",
    "/v1/expectation-policies",
    "/v1/expectations",
    "/v1/expectation-summaries",
    "/v1/feedback-targets",
    "/v1/feedback-rates",
)
