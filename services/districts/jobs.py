from services.districts.events import SUBSCRIPTIONS
from services.districts.settings import DistrictsSettings
from shared.jobs.worker import Work

WORK = Work(service="districts", settings=DistrictsSettings, jobs={}, subscriptions=SUBSCRIPTIONS)
