from services.districts.event_log.service import append
from shared.access.copying import copies_of
from shared.feed.subscriber import Subscription
from shared.settings import SERVICE_NAMES

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    copies_of("districts"),
    *(Subscription(publisher=service, apply=append) for service in SERVICE_NAMES),
)
