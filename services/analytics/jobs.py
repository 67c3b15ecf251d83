from services.analytics.events import SUBSCRIPTIONS
from services.analytics.settings import AnalyticsSettings
from shared.audit import verifying
from shared.jobs.worker import Work

WORK = Work(
    service="analytics", settings=AnalyticsSettings, jobs={verifying.JOB: verifying.run}, subscriptions=SUBSCRIPTIONS
)
