"""What stands around every page of the monitor: its tabs, its filter, and addresses that keep the filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from models.access import Actor
from tasks import accounts, departments, processes
from tasks.monitor import STATES, MonitorFilter
from web.labels import department_options, label
from web.monitor.schema import MonitorSchema

Chip = dict[str, object]
_FIELDS = frozenset(MonitorSchema().fields)


def address(endpoint: str = "monitor.index", **changes: Any) -> str:
    """The address of a page with the filter as it is, and `changes`; it begins at the first page."""
    kept = {name: value for name, value in request.args.items() if name in _FIELDS and name != "after"}
    arguments = {name: value for name, value in (kept | changes).items() if value not in ("", None)}
    return url_for(endpoint, **arguments)


def frame(actor: Actor, wanted: MonitorFilter, errors: Mapping[str, str]) -> dict[str, Any]:
    """For `monitor/_filter.html`."""
    definitions = processes.list_definitions(actor)
    versions = {row.version for row in definitions if row.key == wanted.flow or not wanted.flow}
    return {
        "tabs": _tabs(),
        "wanted": wanted,
        "values": request.args,
        "errors": errors,
        "flows": [(key, key) for key in dict.fromkeys(row.key for row in definitions)],
        "versions": [(number, _("Version %(version)d", version=number)) for number in sorted(versions, reverse=True)],
        "departments": department_options(departments.list_departments(actor).roots),
        "people": [(row.user_id, row.user.name) for row in accounts.list_people(actor)],
        "is_filtered": wanted != MonitorFilter(),
    }


def state_chips(wanted: MonitorFilter, counts: Mapping[str, int], endpoint: str = "monitor.index") -> list[Chip]:
    """A tab for each state, with how many flows of it the filter finds."""
    return [
        {
            "label": label("flow", state) if state else _("All"),
            "url": address(endpoint, state=state),
            "is_current": wanted.state == state,
            "count": counts[state],
        }
        for state in ("", *STATES)
    ]


def _tabs() -> list[Chip]:
    pages = (("monitor.index", _("List")), ("monitor.heat", _("Heat map")), ("monitor.figures", _("Figures")))
    return [
        {"label": name, "url": address(endpoint), "is_current": request.endpoint == endpoint}
        for endpoint, name in pages
    ]
