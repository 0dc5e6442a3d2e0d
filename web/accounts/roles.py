"""What each role is for, where somebody chooses one."""

from __future__ import annotations

from flask_babel import lazy_gettext

from models.access import Role

_LABELS = {
    Role.ADMIN: lazy_gettext("Administrator: people, company, everything but issuing"),
    Role.DESIGNER: lazy_gettext("Flow designer: draws flows and approval chains"),
    Role.APPROVER: lazy_gettext("Approver: decides on requests"),
    Role.FINANCE: lazy_gettext("Finance: issues invoices and keeps the register"),
    Role.APPLICANT: lazy_gettext("Applicant: requests invoices"),
    Role.AUDITOR: lazy_gettext("Auditor: reads everything, changes nothing"),
}


def role_options() -> list[tuple[str, str]]:
    """Every role with what it is for, in the order of the forms."""
    return [(role.value, str(label)) for role, label in _LABELS.items()]
