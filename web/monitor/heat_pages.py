"""The heat map of a flow: on its picture, in a table, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil, floor

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from marshmallow import ValidationError

from tasks import exchange, monitor
from tasks.monitor import Heat, HeatMap, MonitorFilter
from web.forms import form_errors
from web.i18n import time_span
from web.labels import local_title
from web.monitor.frame import address, frame, state_chips
from web.monitor.room import bp
from web.monitor.schema import HeatSchema
from web.security import current_actor

_LEVELS = 4
_filter = HeatSchema()


@bp.get("/heat")
def heat() -> ResponseReturnValue:
    """The picture with one figure on each element: how often, how many wait, or how long."""
    actor = current_actor()
    try:
        wanted, measure = _filter.load(request.args.to_dict())
    except ValidationError as error:
        return render_template("monitor/heat.html", **frame(actor, MonitorFilter(), form_errors(error))), 422
    found = monitor.read_heat(actor, wanted)
    return render_template(
        "monitor/heat.html",
        heat=found,
        now=datetime.now(UTC),
        measure=measure,
        measures=[
            {"label": name, "url": address("monitor.heat", show=code), "is_current": measure == code}
            for code, name in (("time", _("Time")), ("waiting", _("Waiting now")), ("count", _("How often")))
        ],
        marks=_marks(found.elements, measure),
        legend=_legend(found.elements, measure),
        chips=state_chips(wanted, monitor.count_states(actor, wanted), "monitor.heat"),
        csv_url=address("monitor.heat_file"),
        **frame(actor, wanted, {}),
    )


@bp.get("/heat.csv")
def heat_file() -> ResponseReturnValue:
    """The table behind the picture; times in hours."""
    wanted, _measure = _filter.load(request.args.to_dict())
    found = monitor.read_heat(current_actor(), wanted)
    heads = (_("Element"), _("Name"), _("Step"), _("How often"), _("Waiting now"))
    times = (_("Median, hours"), _("90th percentile, hours"), _("Share of all time, percent"))
    response = Response(exchange.write_csv((*heads, *times), _lines(found)), mimetype="text/csv")
    name = f"{found.definition.key}-heat.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _lines(found: HeatMap) -> Iterator[Sequence[object]]:
    for element in found.elements:
        name = local_title(element.title, element.title_zh)
        yield (element.element_id, name, "", *_figures(element))
        for step in element.steps:
            yield (element.element_id, name, local_title(step.title, step.title_zh), *_figures(step))


def _figures(heat: Heat) -> tuple[object, ...]:
    return heat.passes, heat.waiting, _hours(heat.median), _hours(heat.p90), round(100 * heat.share, 1)


def _hours(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 3600, 2)


def _marks(elements: Sequence[Heat], measure: str) -> dict[str, dict[str, object]]:
    """Element → how warm it is, from 1 to `_LEVELS`, and the figure that stands on it. What is cold has none."""
    most = max((_value(heat, measure) for heat in elements), default=0.0)
    return {
        heat.element_id: {"level": ceil(_LEVELS * _value(heat, measure) / most), "text": _text(heat, measure)}
        for heat in elements
        if _value(heat, measure) > 0
    }


def _legend(elements: Sequence[Heat], measure: str) -> list[tuple[int, str]]:
    """Each level with the largest value that it stands for."""
    most = max((_value(heat, measure) for heat in elements), default=0.0)
    tops = [(level, most * level / _LEVELS) for level in range(1, _LEVELS + 1)] if most else []
    return [(level, _said(top if measure == "time" else floor(top), measure)) for level, top in tops]


def _value(heat: Heat, measure: str) -> float:
    if measure == "count":
        return float(heat.passes)
    if measure == "waiting":
        return float(heat.waiting)
    return heat.median.total_seconds() if heat.median is not None else 0.0


def _text(heat: Heat, measure: str) -> str:
    return _said(_value(heat, measure), measure)


def _said(value: float, measure: str) -> str:
    return time_span(timedelta(seconds=value)) if measure == "time" else format_decimal(value, "#,##0")
