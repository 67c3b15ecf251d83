from datetime import timedelta

from services.observations.feedback_rates.queries import tallies
from services.observations.feedback_rates.rules import ANSWERED_METHOD, METHOD, rates_of
from services.observations.feedback_rates.schemas import FeedbackRateQuery, FeedbackRates
from shared.errors import FieldError, Invalid
from shared.units import Unit

_LONGEST = timedelta(days=366)


async def rates(unit: Unit, query: FeedbackRateQuery, n_min: int) -> FeedbackRates:
    if query.end_date < query.begin_date or query.end_date - query.begin_date >= _LONGEST:
        message = "lies on begin_date or after it, and at most 366 days are counted"
        raise Invalid(errors=[FieldError("#/query/end_date", "order", message)])
    end = min(query.end_date, unit.now.date())  # no day that has not come is an opportunity missed
    asked = (query.begin_date, end, query.subject, query.school_id)
    counted = await tallies(unit, *asked) if query.begin_date <= end else []
    total, schools = rates_of(counted, n_min)
    return FeedbackRates(
        subject=query.subject,
        begin_date=query.begin_date,
        end_date=end,
        as_of=unit.now.date(),
        n_min=n_min,
        method_version=METHOD,
        answered_method_version=ANSWERED_METHOD,
        total=total,
        data=schools,
    )
