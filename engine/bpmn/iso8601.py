"""ISO 8601 durations, dates and repeating intervals, as timers write them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

_DURATION: Final = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)
_CYCLE: Final = re.compile(r"R(?P<count>\d{0,6})/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?")


@dataclass(frozen=True)
class Duration:
    """Calendar months and an exact time, kept apart because months differ in length."""

    months: int
    exact: timedelta

    def after(self, start: datetime) -> datetime:
        """`start` plus this duration; the day is cut to the length of the month, the moment to the calendar's end."""
        year, month = divmod(start.year * 12 + start.month - 1 + self.months, 12)
        if year > MAXYEAR:
            return LAST_MOMENT
        day = min(start.day, monthrange(year, month + 1)[1])
        try:
            return start.replace(year=year, month=month + 1, day=day) + self.exact
        except OverflowError:
            return LAST_MOMENT

    @property
    def is_zero(self) -> bool:
        return not self.months and not self.exact


@dataclass(frozen=True)
class Cycle:
    """A repetition: `count` is None for ever; `start` is None when the first time is one period from now."""

    count: int | None
    start: datetime | None
    period: Duration


def parse_duration(text: str) -> Duration | None:
    """The duration that `text` writes, or None when it is not one."""
    return _duration_of(text)


@lru_cache(maxsize=512)
def _duration_of(text: str) -> Duration | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    part = {name: value or "0" for name, value in match.groupdict().items()}
    exact = timedelta(
        weeks=int(part["weeks"]), days=int(part["days"]), hours=int(part["hours"]), minutes=int(part["minutes"]),
        seconds=float(part["seconds"]),
    )  # fmt: skip
    return Duration(int(part["years"]) * 12 + int(part["months"]), exact)


def parse_moment(text: str) -> datetime | None:
    """The moment that `text` writes, in UTC, or None. A date means its first second; no offset means UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return as_utc(moment)


def parse_cycle(text: str) -> Cycle | None:
    """The repetition that `text` writes (`R3/PT1H`, `R/2027-01-01T00:00:00Z/P1D`), or None."""
    match = _CYCLE.fullmatch(text.strip())
    if match is None:
        return None
    start = parse_moment(match["first"]) if match["second"] else None
    period = parse_duration(match["second"] or match["first"])
    if period is None or period.is_zero or (match["second"] and start is None):
        return None
    return Cycle(int(match["count"]) if match["count"] else None, start, period)


def as_utc(value: date | datetime) -> datetime:
    """`value` as an aware UTC moment."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
