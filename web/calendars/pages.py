"""The company's working calendar: a year as twelve months, days of its own, the import of a year, working hours."""

from __future__ import annotations

from typing import Any

from babel.dates import get_day_names, get_month_names
from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, can
from models.calendars import MOST_INTERVALS, written_hours
from models.errors import AppError, Invalid
from tasks import accounts, calendars
from tasks.calendars import YearView
from web.calendars.schema import DaySchema, HoursSchema, read_pairs
from web.errors import form_status
from web.forms import form_errors, sentence, submitted
from web.htmx import see_other
from web.security import current_actor

bp = Blueprint("calendars", __name__, url_prefix="/calendar")

_hours, _day = HoursSchema(), DaySchema()
_SHOWN_FAULTS = 50


@bp.get("")
def index() -> ResponseReturnValue:
    return see_other(url_for("calendars.show", year=accounts.get_company(current_actor()).today().year))


@bp.get("/<int:year>")
def show(year: int) -> ResponseReturnValue:
    return _page(year)


@bp.post("/<int:year>/day")
def set_day(year: int) -> ResponseReturnValue:
    try:
        entry = _day.load(submitted(_day))
        calendars.set_day(current_actor(), **entry)
    except (ValidationError, AppError) as error:
        return make_response(_page(year, errors=form_errors(error)), form_status(error))
    flash(_("The day was saved."), "success")
    return see_other(url_for("calendars.show", year=entry["day"].year))


@bp.post("/<int:year>/day/remove")
def unset_day(year: int) -> ResponseReturnValue:
    entry = DaySchema(only=["day"]).load({"day": request.form.get("day", "")})
    calendars.unset_day(current_actor(), day=entry["day"])
    flash(_("The day follows the week and the holidays again."), "success")
    return see_other(url_for("calendars.show", year=year))


@bp.post("/<int:year>/import")
def import_year(year: int) -> ResponseReturnValue:
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("Choose a file first.", code="import.no_file", field="file")
        count = calendars.import_year(current_actor(), year=year, data=file.read())
    except AppError as error:
        problems = error.problems[:_SHOWN_FAULTS] if isinstance(error, Invalid) else ()
        page = _page(year, errors={"file": sentence(error)}, faults=[sentence(problem) for problem in problems])
        return make_response(page, form_status(error))
    flash(_("%(count)s days of %(year)s were imported.", count=count, year=year), "success")
    return see_other(url_for("calendars.show", year=year))


@bp.post("/<int:year>/import/remove")
def drop_year(year: int) -> ResponseReturnValue:
    calendars.drop_year(current_actor(), year=year)
    flash(_("The imported holidays were removed."), "success")
    return see_other(url_for("calendars.show", year=year))


@bp.post("/<int:year>/hours")
def set_hours(year: int) -> ResponseReturnValue:
    try:
        calendars.set_hours(current_actor(), hours=read_pairs(request.form), **_hours.load(submitted(_hours)))
    except (ValidationError, AppError) as error:
        return make_response(_page(year, errors=form_errors(error)), form_status(error))
    flash(_("The working hours were saved. Due times that stand already stay."), "success")
    return see_other(url_for("calendars.show", year=year))


def _page(year: int, *, errors: dict[str, str] | None = None, faults: list[str] | None = None) -> str:
    actor = current_actor()
    view = calendars.read_year(actor, year)
    months, days = get_month_names("wide", locale=get_locale()), get_day_names("abbreviated", locale=get_locale())
    return render_template(
        "calendars/show.html",
        view=view,
        errors=errors or {},
        faults=faults or [],
        month_names=[months[month] for month in range(1, 13)],
        weekday_names=[days[day] for day in range(7)],
        weekday_options=[(day, days[day]) for day in range(7)],
        pairs=_pairs(view, is_entered="hours" in (errors or {})),
        may_edit=can(actor, Permission.COMPANY_EDIT),
        holiday_name=lambda name: _(name) if name else "",
    )


def _pairs(view: YearView, *, is_entered: bool) -> list[Any]:
    """Pairs of clock times as the form shows them: what was entered when it comes back, with room for one more."""
    if is_entered:
        return [
            (request.form.get(f"opens.{n}", ""), request.form.get(f"closes.{n}", "")) for n in range(MOST_INTERVALS)
        ]
    pairs = written_hours(view.calendar.hours)
    return [*pairs, ("", "")][:MOST_INTERVALS]
