"""Every file that is kept, in the order of work: whatever a file refers to has been applied before it."""

from services.districts.roster_imports.grading import GRADED
from services.districts.roster_imports.mapping import ROSTERED, Target

TARGETS: dict[str, Target] = {target.shape.name: target for target in (*ROSTERED, *GRADED)}
OF_TABLE: dict[str, Target] = {target.table: target for target in TARGETS.values()}
