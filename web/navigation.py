"""The places that a person may go to, in the order of daily use; a phone shows the first ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user

from models.access import Actor, Permission, Role, can
from tasks import inbox, processes
from web.security import current_actor


@dataclass(frozen=True)
class Place:
    """Shown to those who hold `permission`, once its room is open (`endpoint` is registered)."""

    label: str
    endpoint: str
    icon: str
    permission: Permission
    shortcut: str = ""
    count: Callable[[Actor], int] | None = None


PLACES = (
    Place(lazy_gettext("Inbox"), "inbox.index", "inbox", Permission.TASK_DECIDE, "i", inbox.count_open),
    Place(lazy_gettext("Requests"), "requests.index", "file-invoice", Permission.REQUEST_READ, "r"),
    Place(lazy_gettext("Issuing"), "issuing.index", "printer", Permission.INVOICE_ISSUE, "s"),
    Place(lazy_gettext("Customers"), "customers.index", "users", Permission.CUSTOMER_READ, "c"),
    Place(lazy_gettext("Register"), "register.index", "table", Permission.REGISTER_READ, "l"),
    Place(lazy_gettext("Flows"), "processes.index", "route", Permission.PROCESS_PUBLISH, "f"),
    Place(lazy_gettext("Monitor"), "monitor.index", "activity", Permission.PROCESS_MONITOR, "m"),
    Place(
        lazy_gettext("Incidents"),
        "incidents.index",
        "alert-triangle",
        Permission.PROCESS_REPAIR,
        count=processes.count_incidents,
    ),
    Place(lazy_gettext("Approval chains"), "chains.index", "sitemap", Permission.CHAIN_EDIT, "a"),
    Place(lazy_gettext("People"), "people.index", "user", Permission.PEOPLE_MANAGE, "p"),
    Place(lazy_gettext("Departments"), "departments.index", "list-details", Permission.COMPANY_READ, "d"),
    Place(lazy_gettext("Company"), "company.edit", "building", Permission.COMPANY_EDIT),
    Place(lazy_gettext("Working calendar"), "calendars.index", "calendar", Permission.COMPANY_EDIT),
    Place(lazy_gettext("Audit log"), "audit.index", "shield-check", Permission.AUDIT_READ),
)

# Where the day begins, by the first of these roles that a person has.
_STARTS = (
    (Role.APPROVER, "inbox.index"),
    (Role.FINANCE, "inbox.index"),
    (Role.APPLICANT, "requests.index"),
    (Role.DESIGNER, "processes.index"),
    (Role.AUDITOR, "register.index"),
    (Role.ADMIN, "people.index"),
)
_FALLBACK = "account.show"


def init_app(app: Flask) -> None:
    app.jinja_env.globals["navigation"] = navigation


def navigation() -> list[dict[str, object]]:
    """The rail: name, label, url, icon, is_active, count, shortcut of each place."""
    if not current_user.is_authenticated:
        return []
    actor = current_actor()
    return [
        {
            "name": place.endpoint,
            "label": place.label,
            "url": url_for(place.endpoint),
            "icon": place.icon,
            "is_active": request.blueprint == place.endpoint.partition(".")[0],
            "count": place.count(actor) if place.count else None,
            "shortcut": place.shortcut,
        }
        for place in PLACES
        if _is_open(place.endpoint) and can(actor, place.permission)
    ]


def start_url() -> str:
    """Where the person's day begins."""
    roles = current_actor().roles
    wanted = [endpoint for role, endpoint in _STARTS if role in roles and _is_open(endpoint)]
    return url_for(wanted[0] if wanted else _FALLBACK)


def _is_open(endpoint: str) -> bool:
    return endpoint in current_app.view_functions
