from services.coaching.events import SUBSCRIPTIONS
from services.coaching.settings import CoachingSettings
from shared.jobs.worker import Work

WORK = Work(service="coaching", settings=CoachingSettings, jobs={}, subscriptions=SUBSCRIPTIONS)
