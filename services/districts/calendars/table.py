from services.districts.calendars import queries, service
from services.districts.calendars.models import Calendar
from services.districts.calendars.schemas import CalendarWrite
from services.districts.tabular.table import Table

TABLE = Table(
    "calendars", Calendar, CalendarWrite, service.values_of, service.put_calendar, queries.visible_to,
    key=(*service.SERIES, "begin_date"), sets=service.SETS,
)  # fmt: skip
