from services.analytics.events import SUBSCRIPTIONS
from services.analytics.settings import AnalyticsSettings
from shared.jobs.worker import Work

WORK = Work(service="analytics", settings=AnalyticsSettings, jobs={}, subscriptions=SUBSCRIPTIONS)
