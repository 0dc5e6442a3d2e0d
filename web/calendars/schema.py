"""The forms of the working calendar."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, validate

from models.calendars import MOST_INTERVALS, Interval
from web.forms import FormSchema, text

_UNREADABLE = lazy_gettext("Enter the beginning and the end of each pair as clock times, such as 09:00.")


class HoursSchema(FormSchema):
    """`opens.<n>` and `closes.<n>` are pairs of clock times; a pair left empty does not count."""

    weekdays = fields.List(fields.Integer(validate=validate.Range(0, 6)), load_default=list)
    has_national_holidays = fields.Boolean(load_default=False)


class DaySchema(FormSchema):
    day = fields.Date(required=True)
    is_workday = fields.Boolean(required=True)
    name = text(60)


def read_pairs(form: Any) -> list[Interval]:
    """The pairs of clock times of a form. Raises `ValidationError` for one that cannot be read."""
    pairs = [(form.get(f"opens.{n}", "").strip(), form.get(f"closes.{n}", "").strip()) for n in range(MOST_INTERVALS)]
    try:
        return [(_clock(opens), _clock(closes)) for opens, closes in pairs if opens or closes]
    except ValueError:
        raise ValidationError({"hours": [_UNREADABLE]}) from None


def _clock(written: str) -> time:
    return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
