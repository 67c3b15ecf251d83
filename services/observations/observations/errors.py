from datetime import datetime

from shared.errors import Conflict, FieldError, Forbidden, Invalid


class MoveRefused(Conflict, title="The observation is not in a state that allows this"):
    pass


class LockedTooEarly(Conflict, title="The teacher has not read it yet and still has time to"):
    def __init__(self, possible_from: datetime) -> None:
        super().__init__(possible_from=possible_from)


class ConferenceMissing(Conflict, title="A conference that this type of observation has was not held yet"):
    def __init__(self, missing: str) -> None:
        super().__init__(f"first the {missing}: POST .../{missing} says that it was held", missing=missing)


class FeedbackWithoutEvidence(Conflict, title="Feedback is shared with words, and with evidence that it stands on"):
    def __init__(self) -> None:
        super().__init__("say it in `feedback` first: a `body`, and in `evidence` at least one id of what it stands on")


class NothingRecorded(
    Conflict, title="Nothing was recorded yet: a script line, a score, a look-for or a shared evidence item"
):
    pass


class ObservationLocked(Conflict, title="What was submitted stays as it is, and what was shared does too"):
    pass


class PolicyMoved(Conflict, title="The district's rules for observations changed this very moment: try again"):
    pass


class ObservationExists(Conflict, title="There is another observation with this id"):
    pass


class TimesOutOfOrder(Invalid, title="Times must follow each other"):
    def __init__(self, name: str) -> None:
        super().__init__(errors=[FieldError(f"#/{name}", "order", "lies before what it follows from")])


class NotYoursToRecord(Forbidden, title="Only who leads the school or supports the teacher may observe there"):
    pass


class NotTheObserver(Forbidden, title="Only the observer may do this"):
    pass


class NotTheTeacher(Forbidden, title="Only the teacher may do this"):
    pass


class KeptFromYou(Forbidden, title="Nobody takes over what is kept from them: hand it to another observer"):
    pass


class NotYourSide(Forbidden, title="Only one of the two sides may do this, and to agree, the one that did not ask"):
    pass


class TeachesElsewhere(Invalid, title="The teacher is not assigned to this school on that day"):
    def __init__(self) -> None:
        super().__init__(
            errors=[FieldError("#/teacher_id", "not_assigned", "has no teaching assignment at school_id on that day")]
        )


class ObservationFixed(Conflict, title="The observation is locked or ended: what belongs to it stays as it is"):
    pass
