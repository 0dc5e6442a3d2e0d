"""The import of customers in three steps: a file, a look at what it would do, the result."""

from __future__ import annotations

from io import BytesIO

from flask import current_app, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.access import Permission, require
from models.errors import AppError, Invalid
from models.exchange import ImportStatus
from tasks import customers
from tasks.customers import RowFault
from tasks.customers.columns import COLUMNS
from tasks.exchange import Limits
from tasks.files import FileStore
from web.customers.room import bp
from web.errors import form_status
from web.forms import form_errors, sentence
from web.htmx import see_other
from web.i18n import LANGUAGES, language
from web.labels import local_title
from web.security import current_actor

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN_ROWS = 20
# What changes something that is there deserves the first look.
_ORDER = ("updated", "header", "new", "unchanged")
_SHOWN_FAULTS = 200  # more are in the workbook


@bp.get("/import")
def start_import() -> ResponseReturnValue:
    require(current_actor(), Permission.CUSTOMER_EDIT)
    return _upload_page()


@bp.post("/import")
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("Choose a file first.", code="import.no_file", field="file")
        job = customers.upload_import(current_actor(), store=_store(), name=file.filename, data=file.read())
    except AppError as error:
        return make_response(_upload_page({"file": sentence(error)}), form_status(error))
    return see_other(url_for("customers.show_import", job_id=job.id))


@bp.get("/import/template.xlsx")
def template() -> ResponseReturnValue:
    wanted = request.args.get("language", "")
    chosen = wanted if wanted in LANGUAGES else language()
    data = customers.import_template(current_actor(), chosen)
    return _workbook(data, _("customer-template.xlsx"))


@bp.get("/import/<int:job_id>")
def show_import(job_id: int) -> ResponseReturnValue:
    job = customers.get_import(current_actor(), job_id)
    if job.status is ImportStatus.DONE:
        return render_template("customers/import_done.html", job=job)
    return _preview_page(job_id)


@bp.post("/import/<int:job_id>")
def run_import(job_id: int) -> ResponseReturnValue:
    try:
        customers.run_import(
            current_actor(), store=_store(), job_id=job_id, only_if_all_good=request.form.get("which") != "good"
        )
    except Invalid as error:
        return make_response(_preview_page(job_id, form_errors(error)), form_status(error))
    return see_other(url_for("customers.show_import", job_id=job_id))


@bp.get("/import/<int:job_id>/errors.xlsx")
def import_errors(job_id: int) -> ResponseReturnValue:
    data = customers.import_errors(current_actor(), store=_store(), job_id=job_id, language=language())
    return _workbook(data, _("customer-errors.xlsx"))


def _upload_page(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "customers/import.html",
        errors=errors or {},
        columns=COLUMNS,
        local_title=local_title,
        max_bytes=Limits().file_bytes,
        max_rows=Limits().rows,
    )


def _preview_page(job_id: int, errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    plan = customers.preview_import(actor, store=_store(), job_id=job_id)
    return render_template(
        "customers/import_preview.html",
        job=customers.get_import(actor, job_id),
        plan=plan,
        counts=plan.counts,
        rows=sorted(plan.rows, key=lambda row: _ORDER.index(row.change))[:_SHOWN_ROWS],
        column_titles=_column_titles(),
        faults=plan.faults[:_SHOWN_FAULTS],
        reasons=_reasons,
        errors=errors or {},
    )


def _reasons(fault: RowFault) -> list[tuple[str, str]]:
    """Column and reason of each thing that is wrong with a row."""
    titles = _column_titles()
    return [(titles.get(problem.field or "", ""), sentence(problem)) for problem in fault.problems]


def _column_titles() -> dict[str, str]:
    return {column.key: local_title(column.title_en, column.title_zh) for column in COLUMNS}


def _workbook(data: bytes, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(data), mimetype=_XLSX, as_attachment=True, download_name=name)


def _store() -> FileStore:
    return FileStore(current_app.config["SETTINGS"].attachments_dir)
