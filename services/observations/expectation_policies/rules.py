"""What a policy may declare. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from services.observations.expectation_policies.schemas import Ask, ExpectationPolicyWrite, Window
from shared.access.purposes import Purpose
from shared.errors import FieldError


def faults_of(body: ExpectationPolicyWrite) -> list[FieldError]:
    faults = list(_repeated("#/windows/{}/key", (window.key for window in body.windows)))
    faults += _repeated("#/rules/{}/key", (rule.key for rule in body.rules))
    if body.end_date < body.begin_date:
        faults.append(FieldError("#/end_date", "order", "must not lie before begin_date"))
    for number, window in enumerate(body.windows):
        faults += _of_window(f"#/windows/{number}", window, body)
    known = {window.key for window in body.windows}
    by_rating = False
    for number, rule in enumerate(body.rules):
        faults += _repeated(f"#/rules/{number}/asks/{{}}/key", (ask.key for ask in rule.asks))
        # Whom a rule passes over for a rating falls to those after it: they depend on it as well.
        by_rating = by_rating or bool(rule.rating_bands) or rule.unrated is not None
        for place, ask in enumerate(rule.asks):
            faults += _of_ask(f"#/rules/{number}/asks/{place}", ask, known, by_rating=by_rating)
    return faults


def _of_window(pointer: str, window: Window, body: ExpectationPolicyWrite) -> Iterator[FieldError]:
    if not body.begin_date <= window.begin_date <= window.due_date <= body.end_date:
        yield FieldError(pointer, "order", "begins and is due within the policy's dates, in that order")
    if window.end_date is not None and not window.due_date <= window.end_date <= body.end_date:
        yield FieldError(f"{pointer}/end_date", "order", "lies between due_date and the policy's end_date")


def _of_ask(pointer: str, ask: Ask, windows: set[str], *, by_rating: bool) -> Iterator[FieldError]:
    if ask.window not in windows:
        yield FieldError(f"{pointer}/window", "unknown", "is no window of this policy")
    if not (ask.observations or ask.minutes or ask.domain_observations or ask.domains):
        yield FieldError(pointer, "empty", "asks for observations, minutes or domains")
    if by_rating and ask.purpose is not Purpose.EVALUATION:
        # Whoever sees that it is expected would know the rating; coaches see what is expected of coaching.
        yield FieldError(f"{pointer}/purpose", "rating", "what depends on a rating is expected of evaluation alone")


def _repeated(pointer: str, keys: Iterable[str]) -> Iterator[FieldError]:
    seen: Counter[str] = Counter()
    for number, key in enumerate(keys):
        seen[key] += 1
        if seen[key] > 1:
            yield FieldError(pointer.format(number), "twice", "stands there twice")
