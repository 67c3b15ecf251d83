"""What the objects of OneRoster's gradebook hold, as the standard lists them, and where they are served."""

from collections.abc import Mapping

from services.districts.oneroster.objects import BASE, Part, parts
from services.districts.oneroster.presenting import Presentation

_ROSTER = "/ims/oneroster/rostering/v1p2"
GRADEBOOK_OBJECTS: Mapping[str, Mapping[str, Part]] = {
    name: parts(f"{BASE} {members}")
    for name, members in {
        "category": "title* weight:number",
        "scoreScale": "title* type* course:ref class*:ref scoreScaleValue*:scaleValues",
        "lineItem": "title* description assignDate*:instant dueDate*:instant class*:ref school*:ref category*:ref"
        " gradingPeriod:ref academicSession:ref scoreScale:ref resultValueMin:number resultValueMax:number"
        " learningObjectiveSet:objectives",
        "result": "lineItem*:ref student*:ref class:ref scoreScale:ref scoreStatus*:scoreStatus score:number textScore"
        " scoreDate*:date comment learningObjectiveSet:objectiveScores inProgress:flag incomplete:flag"
        " late:flag missing:flag",
    }.items()
}
GRADEBOOK = Presentation(
    "/ims/oneroster/gradebook/v1p2", GRADEBOOK_OBJECTS, operation_prefix="oneroster_gradebook_", between="For",
    takes_slashes=False,
    homes=dict.fromkeys(("classes", "orgs", "academicSessions", "courses", "users"), _ROSTER),
)  # fmt: skip
