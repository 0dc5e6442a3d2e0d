"""Pages of the monitor: the flows, and one of them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from models.access import Permission, can, sees_all_requests
from tasks import monitor
from tasks.monitor import MonitorFilter
from web.forms import form_errors
from web.monitor import figures_pages, heat_pages  # noqa: F401 - their pages belong to the same blueprint
from web.monitor.frame import address, frame, state_chips
from web.monitor.room import bp
from web.monitor.schema import MonitorSchema
from web.security import current_actor

__all__ = ["bp"]

_filter = MonitorSchema()


@bp.get("")
def index() -> ResponseReturnValue:
    actor = current_actor()
    try:
        wanted, after = _filter.load(request.args.to_dict())
    except ValidationError as error:
        # A list that leaves out half of what was asked would mislead: it stays empty until the filter can be read.
        return render_template("monitor/index.html", **frame(actor, MonitorFilter(), form_errors(error))), 422
    page = monitor.list_flows(actor, wanted, after=after)
    return render_template(
        "monitor/index.html",
        page=page,
        now=datetime.now(UTC),
        chips=state_chips(wanted, monitor.count_states(actor, wanted)),
        shows_customer=sees_all_requests(actor),
        first_url=address() if after else "",
        next_url=address(after=page.next_after) if page.next_after else "",
        **frame(actor, wanted, {}),
    )


@bp.get("/<int:instance_id>")
def show(instance_id: int) -> ResponseReturnValue:
    actor = current_actor()
    view = monitor.get_flow(actor, instance_id)
    instance = view.instance
    is_request = sees_all_requests(actor) and view.number
    return render_template(
        "monitor/show.html",
        view=view,
        instance=instance,
        definition=instance.definition,
        request_url=url_for("requests.show", request_id=instance.subject_id) if is_request else "",
        may_repair=can(actor, Permission.PROCESS_REPAIR),
        now=datetime.now(UTC),
    )
