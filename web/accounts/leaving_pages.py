"""Leaving: what a person holds, who takes it, a preview, and doing it."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tasks import accounts
from tasks.accounts import leavers
from tasks.accounts.leavers import Heirs
from web.accounts.schema import HeirsSchema
from web.forms import sentence, submitted
from web.htmx import see_other
from web.security import current_actor

bp = Blueprint("leaving", __name__, url_prefix="/people")

_heirs = HeirsSchema()


@bp.get("/<int:membership_id>/leave")
def show(membership_id: int) -> ResponseReturnValue:
    """The holdings; with `?first=` (and `second`), also who would get what."""
    chosen = request.args.get("first", type=int)
    heirs = None if chosen is None else Heirs(chosen, request.args.get("second", type=int))
    actor = current_actor()
    held = leavers.read_holdings(actor, membership_id=membership_id, heirs=heirs)
    active = accounts.list_people(actor, include_inactive=False)
    people = [(row.user_id, row.user.name) for row in active if row.user_id != held.person.user_id]
    return render_template(
        "accounts/leave.html",
        held=held,
        heirs=heirs,
        people=people,
        names=dict(people),
        problems=[sentence(problem) for problem in held.problems],
    )


@bp.post("/<int:membership_id>/leave")
def hand_over(membership_id: int) -> ResponseReturnValue:
    heirs = _heirs.load(submitted(_heirs))
    held = leavers.hand_over(current_actor(), membership_id=membership_id, heirs=heirs)
    flash(
        _(
            "%(name)s can no longer come in. Handed over: %(tasks)s approvals, %(chains)s chains, "
            "%(departments)s departments, %(customers)s customers; %(delegations)s delegations ended.",
            name=held.person.user.name,
            tasks=len(held.tasks),
            chains=len(held.chains),
            departments=len(held.departments),
            customers=held.customers,
            delegations=held.delegations,
        ),
        "success",
    )
    return see_other(url_for("people.index"))
