from datetime import timedelta

from services.observations.events import SUBSCRIPTIONS
from services.observations.expectation_policies.service import FOLLOW_JOB
from services.observations.expectations import following, telling
from services.observations.expectations import running as following_policies
from services.observations.feedback_notices.telling import tell_all
from services.observations.feedback_targets import telling as targets
from services.observations.observation_attachments import running
from services.observations.observation_attachments.service import SCAN_JOB
from services.observations.settings import ObservationsSettings
from services.observations.walks import telling as walks
from shared.audit import verifying
from shared.jobs.worker import Chore, Work

WORK = Work(
    service="observations",
    settings=ObservationsSettings,
    jobs={verifying.JOB: verifying.run, SCAN_JOB: running.run, FOLLOW_JOB: following_policies.run},
    subscriptions=SUBSCRIPTIONS,
    chores=(
        Chore("tell of feedback that is due", tell_all, every=timedelta(minutes=5)),
        Chore("tell of expectations that are due", telling.tell_all, every=timedelta(hours=1)),
        Chore("tell of feedback targets that are due", targets.tell_all, every=timedelta(hours=1)),
        Chore("tell of debriefs that are due", walks.tell_all, every=timedelta(hours=1)),
        Chore("let expectations follow", following.follow_all, at=timedelta(hours=3, minutes=30)),
    ),
)
