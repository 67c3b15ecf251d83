"""The rows that show what became of their job, by its name: for the worker, and for whoever cancels or retries."""

from services.districts.data_exports import running as data_exports
from services.districts.erasures import running as erasures
from services.districts.roster_exports import running as roster_exports
from services.districts.roster_imports import reverting
from services.districts.roster_imports import running as roster_imports
from services.districts.roster_pulls import starting as roster_pulls
from services.districts.schedules import running as schedules
from shared.jobs.telling import Tells

TELLS: Tells = {
    roster_imports.JOB: roster_imports.tell,
    reverting.JOB: reverting.tell,
    roster_pulls.JOB: roster_pulls.tell,
    schedules.JOB: schedules.tell,
    roster_exports.JOB: roster_exports.tell,
    data_exports.JOB: data_exports.tell,
    erasures.PLAN_JOB: erasures.tell,
    erasures.APPLY_JOB: erasures.tell_applying,
}
