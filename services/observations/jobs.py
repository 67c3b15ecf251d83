from services.observations.events import SUBSCRIPTIONS
from services.observations.settings import ObservationsSettings
from shared.jobs.worker import Work

WORK = Work(service="observations", settings=ObservationsSettings, jobs={}, subscriptions=SUBSCRIPTIONS)
