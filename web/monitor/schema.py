"""The filter of the monitor as its address has it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from marshmallow import fields, post_load, validate

from tasks.monitor import STATES, MonitorFilter
from web.converters import MAX_ID
from web.forms import FormSchema, text

MEASURES = ("time", "waiting", "count")
_UNKNOWN_CHOICE = lazy_gettext("Choose one of the list.")


def _row_id() -> fields.Integer:
    return fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID, error=_UNKNOWN_CHOICE))


class MonitorSchema(FormSchema):
    """Loads to the filter, and the id of the flow behind which the page begins."""

    q = text(100)
    flow = text(100)
    version = _row_id()
    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES], error=_UNKNOWN_CHOICE))
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    department = _row_id()
    person = _row_id()
    after = _row_id()

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> tuple[MonitorFilter, int | None]:
        after = data.pop("after")
        return _read(data), after


class HeatSchema(MonitorSchema):
    """Loads to the filter, and what the figures on the picture say."""

    show = fields.String(load_default="time", validate=validate.OneOf(MEASURES, error=_UNKNOWN_CHOICE))

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> tuple[MonitorFilter, str]:
        del data["after"]
        measure = data.pop("show")
        return _read(data), measure


def _read(data: dict[str, Any]) -> MonitorFilter:
    renamed = {"q": "text", "department": "department_id", "person": "person_id"}
    return MonitorFilter(**{renamed.get(name, name): value for name, value in data.items()})
