"""The company's working calendar: what due times count, its holidays, its own days and its hours."""

from tasks.calendars.editing import drop_year, import_year, set_day, set_hours, unset_day
from tasks.calendars.loading import load
from tasks.calendars.viewing import DayKind, DayView, YearView, read_year

__all__ = [
    "DayKind",
    "DayView",
    "YearView",
    "drop_year",
    "import_year",
    "load",
    "read_year",
    "set_day",
    "set_hours",
    "unset_day",
]
