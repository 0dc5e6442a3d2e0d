"""The company's working calendar: what due times count, its holidays, its own days and its hours."""

from tasks.calendars.loading import load

__all__ = ["load"]
