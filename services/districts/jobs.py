from datetime import timedelta

from services.districts.data_exports import running as data_exports
from services.districts.districts.service import RENAME
from services.districts.erasures import running as erasures
from services.districts.event_log import service as event_log
from services.districts.events import SUBSCRIPTIONS
from services.districts.oneroster.renaming import run as rename
from services.districts.roster_exports import running as roster_exports
from services.districts.roster_imports import reverting
from services.districts.roster_imports.running import JOB
from services.districts.roster_imports.running import run as run_roster
from services.districts.roster_pulls.running import run as run_pull
from services.districts.roster_pulls.starting import JOB as PULL_JOB
from services.districts.schedules import running as schedules
from services.districts.settings import DistrictsSettings
from services.districts.tables_in import TABLES
from services.districts.tabular import jobs as tabular
from services.districts.telling import TELLS
from services.districts.tokens import keys
from services.districts.webhooks import delivering
from services.districts.webhooks.forgetting import forget as forget_deliveries
from shared.audit import verifying
from shared.clock import now
from shared.jobs.worker import Chore, Work
from shared.runtime import Runtime


async def compact_event_log(runtime: Runtime) -> None:
    await event_log.compact(runtime.database, now())


async def rotate_signing_key(runtime: Runtime) -> None:
    await keys.rotate(runtime.database, now())


async def forget_webhook_deliveries(runtime: Runtime) -> None:
    await forget_deliveries(runtime.database, now())


WORK = Work(
    service="districts",
    settings=DistrictsSettings,
    jobs={
        JOB: run_roster,
        RENAME: rename,
        reverting.JOB: reverting.run,
        PULL_JOB: run_pull,
        schedules.JOB: schedules.run,
        roster_exports.JOB: roster_exports.run,
        roster_exports.FORGET_JOB: roster_exports.forget,
        tabular.JOB: tabular.putting(TABLES),
        tabular.FORGET_JOB: tabular.forget,
        verifying.JOB: verifying.run,
        data_exports.JOB: data_exports.run,
        data_exports.FORGET_JOB: data_exports.forget,
        erasures.PLAN_JOB: erasures.plan,
        erasures.APPLY_JOB: erasures.apply,
    },
    tells=TELLS,
    subscriptions=SUBSCRIPTIONS,
    chores=(
        Chore("compact the event log", compact_event_log, at=timedelta(hours=3)),
        Chore("rotate the signing key", rotate_signing_key),
        Chore("forget webhook deliveries", forget_webhook_deliveries, at=timedelta(hours=3, minutes=15)),
    ),
    loops={"webhooks": delivering.run, "schedules": schedules.run_loop},
)
