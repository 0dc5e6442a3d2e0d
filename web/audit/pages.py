"""Pages of the audit log: read, search, verify."""

from __future__ import annotations

import json

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tasks import accounts, audit
from web.htmx import see_other
from web.security import current_actor

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("")
def index() -> ResponseReturnValue:
    actor = current_actor()
    subject, action = (request.args.get(name, "").strip()[:100] for name in ("subject", "action"))
    page = audit.list_entries(actor, subject=subject, action=action, before=request.args.get("before", type=int))
    return render_template(
        "audit/index.html",
        entries=[(entry, json.loads(entry.body)) for entry in page.entries],
        next_before=page.next_before,
        names={member.user_id: member.user.name for member in accounts.list_people(actor)},
        subject=subject,
        action=action,
    )


@bp.post("/verify")
def verify() -> ResponseReturnValue:
    found = audit.verify_audit(current_actor())
    if found is None:
        flash(_("The audit log is whole: no entry was changed, removed or reordered."), "success")
    else:
        flash(_("The audit log is broken at entry %(sequence)d.", sequence=found.sequence), "error")
    return see_other(url_for("audit.index"))
