"""The figures of a flow: charts, the tables behind them, and files of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from marshmallow import ValidationError

from tasks import exchange, monitor
from tasks.monitor import Bar, Figures, MonitorFilter, Week
from web.forms import form_errors
from web.i18n import time_span
from web.monitor.frame import address, frame
from web.monitor.room import bp
from web.monitor.schema import MonitorSchema
from web.security import current_actor

_filter = MonitorSchema()


@bp.get("/figures")
def figures() -> ResponseReturnValue:
    actor = current_actor()
    try:
        wanted, _after = _filter.load(request.args.to_dict())
    except ValidationError as error:
        return render_template("monitor/figures.html", **frame(actor, MonitorFilter(), form_errors(error))), 422
    found = monitor.read_figures(actor, wanted)
    return render_template(
        "monitor/figures.html",
        figures=found,
        bars=[(span_of(bar), bar.count) for bar in found.bars],
        charts=_charts(found),
        percent=percent,
        most=monitor.MOST_FLOWS,
        csv_urls={name: address("monitor.figures_file", name=name) for name in ("times", "weeks")},
        **frame(actor, wanted, {}),
    )


@bp.get("/figures/<any(times, weeks):name>.csv")
def figures_file(name: str) -> ResponseReturnValue:
    """``weeks.csv``, or ``times.csv``: the table behind a chart; times in hours."""
    wanted, _after = _filter.load(request.args.to_dict())
    found = monitor.read_figures(current_actor(), wanted)
    table = _week_lines(found.weeks) if name == "weeks" else _time_lines(found.bars)
    response = Response(exchange.write_csv(*table), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return response


def span_of(bar: Bar) -> str:
    """The time that a bar stands for: ``up to 2 d``."""
    if bar.most is None:
        return _("more than %(time)s", time=_short(bar.above))
    return _("up to %(figure)s", figure=_short(bar.most))


def percent(share: monitor.Share) -> str:
    return "–" if share.percent is None else f"{format_decimal(share.percent, '0.#')} %"


def _short(span: timedelta | None) -> str:
    """The limits of bars are whole hours or days."""
    span = span or timedelta()
    if span < timedelta(days=1):
        return _("%(hours)d h", hours=span.total_seconds() // 3600)
    return _("%(days)d d", days=span.days)


def _charts(found: Figures) -> dict[str, Any]:
    """What `<chart-view>` draws, by name."""
    weeks = [week.monday.strftime("%m-%d") for week in found.weeks]
    counts = [week.ended for week in found.weeks]
    medians = [week.median.total_seconds() if week.median is not None else None for week in found.weeks]
    return {
        "times": {
            "labels": [span_of(bar) for bar in found.bars],
            "bars": _series(_("Flows"), [bar.count for bar in found.bars]),
        },
        "weeks": {
            "labels": weeks,
            "bars": _series(_("Flows that ended"), counts),
            "line": _series(_("Median"), medians, [time_span(week.median) for week in found.weeks]),
        },
        "in_time": {
            "labels": weeks,
            "line": _series(
                _("Steps in time"),
                [week.in_time.percent for week in found.weeks],
                [percent(week.in_time) for week in found.weeks],
                most=110,
            ),
        },
    }


def _series(
    name: str, values: Sequence[float | None], texts: Sequence[str] | None = None, most: float | None = None
) -> dict[str, Any]:
    shown = [str(value) for value in values] if texts is None else list(texts)
    return {"name": name, "values": list(values), "texts": shown, "most": most}


def _time_lines(bars: Sequence[Bar]) -> tuple[Sequence[str], list[Sequence[object]]]:
    heads = (_("More than, hours"), _("At most, hours"), _("Flows"))
    return heads, [(_hours(bar.above), _hours(bar.most), bar.count) for bar in bars]


def _week_lines(weeks: Sequence[Week]) -> tuple[Sequence[str], list[Sequence[object]]]:
    heads = (_("Week from"), _("Flows that ended"), _("Median, hours"), _("Steps in time"), _("Steps that were due"))
    return heads, [
        (week.monday.isoformat(), week.ended, _hours(week.median), week.in_time.part, week.in_time.whole)
        for week in weeks
    ]


def _hours(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 3600, 2)
