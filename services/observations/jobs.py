from services.observations.events import SUBSCRIPTIONS
from services.observations.settings import ObservationsSettings
from shared.audit import verifying
from shared.jobs.worker import Work

WORK = Work(
    service="observations",
    settings=ObservationsSettings,
    jobs={verifying.JOB: verifying.run},
    subscriptions=SUBSCRIPTIONS,
)
