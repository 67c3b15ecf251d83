from services.coaching.events import SUBSCRIPTIONS
from services.coaching.settings import CoachingSettings
from shared.audit import verifying
from shared.jobs.worker import Work

WORK = Work(
    service="coaching", settings=CoachingSettings, jobs={verifying.JOB: verifying.run}, subscriptions=SUBSCRIPTIONS
)
