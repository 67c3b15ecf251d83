from datetime import timedelta

from services.observations.events import SUBSCRIPTIONS
from services.observations.feedback_notices.telling import tell_all
from services.observations.observation_attachments import running
from services.observations.observation_attachments.service import SCAN_JOB
from services.observations.settings import ObservationsSettings
from shared.audit import verifying
from shared.jobs.worker import Chore, Work

WORK = Work(
    service="observations",
    settings=ObservationsSettings,
    jobs={verifying.JOB: verifying.run, SCAN_JOB: running.run},
    subscriptions=SUBSCRIPTIONS,
    chores=(Chore("tell of feedback that is due", tell_all, every=timedelta(minutes=5)),),
)
