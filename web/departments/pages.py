"""The departments as a tree, and one of them with its head and its people."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, can
from models.errors import AppError
from tasks import accounts, departments
from web.departments.schema import DepartmentSchema, PersonSchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.labels import department_options
from web.security import current_actor

bp = Blueprint("departments", __name__, url_prefix="/departments")

_department, _person = DepartmentSchema(), PersonSchema()


@bp.get("")
def index() -> ResponseReturnValue:
    return _tree_page()


@bp.post("")
def create() -> ResponseReturnValue:
    try:
        departments.create_department(current_actor(), _department.load(submitted(_department)))
    except (ValidationError, AppError) as error:
        return make_response(_tree_page(form_errors(error)), form_status(error))
    flash(_("The department was made."), "success")
    return see_other(url_for("departments.index"))


@bp.get("/<int:department_id>")
def show(department_id: int) -> ResponseReturnValue:
    return _page(department_id)


@bp.post("/<int:department_id>")
def edit(department_id: int) -> ResponseReturnValue:
    try:
        draft = _department.load(submitted(_department))
        departments.edit_department(current_actor(), draft, department_id=department_id)
    except (ValidationError, AppError) as error:
        return make_response(_page(department_id, form_errors(error)), form_status(error))
    flash(_("The department was saved."), "success")
    return see_other(url_for("departments.index"))


@bp.post("/<int:department_id>/people")
def place(department_id: int) -> ResponseReturnValue:
    try:
        entries = _person.load(submitted(_person))
        departments.place_person(current_actor(), department_id=department_id, **entries)
    except (ValidationError, AppError) as error:
        return make_response(_page(department_id, form_errors(error)), form_status(error))
    flash(_("The person is in the department now."), "success")
    return see_other(url_for("departments.show", department_id=department_id))


@bp.post("/<int:department_id>/people/<int:user_id>/remove")
def remove(department_id: int, user_id: int) -> ResponseReturnValue:
    departments.remove_person(current_actor(), user_id=user_id, department_id=department_id)
    flash(_("The person is no longer in the department."), "success")
    return see_other(url_for("departments.show", department_id=department_id))


@bp.post("/<int:department_id>/close")
def close(department_id: int) -> ResponseReturnValue:
    try:
        departments.close_department(current_actor(), department_id=department_id)
    except AppError as error:
        return make_response(_page(department_id, form_errors(error)), form_status(error))
    flash(_("The department was closed."), "success")
    return see_other(url_for("departments.index"))


@bp.post("/<int:department_id>/reopen")
def reopen(department_id: int) -> ResponseReturnValue:
    try:
        departments.reopen_department(current_actor(), department_id=department_id)
    except AppError as error:
        return make_response(_page(department_id, form_errors(error)), form_status(error))
    flash(_("The department is in use again."), "success")
    return see_other(url_for("departments.show", department_id=department_id))


def _tree_page(errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    directory = departments.list_departments(actor)
    return render_template(
        "departments/index.html",
        directory=directory,
        may_edit=can(actor, Permission.PEOPLE_MANAGE),
        parent_options=department_options(directory.roots),
        person_options=_people(),
        values=request.form,
        errors=errors or {},
    )


def _page(department_id: int, errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    department = departments.get_department(actor, department_id)
    tree = departments.list_departments(actor).roots
    names = dict(department_options(tree))
    return render_template(
        "departments/show.html",
        department=department,
        parent_name=names.get(department.parent_id or 0, "").strip(),
        may_edit=can(actor, Permission.PEOPLE_MANAGE),
        parent_options=department_options(tree, without=department_id),
        person_options=_people(),
        values=request.form if "name" in request.form else department,
        errors=errors or {},
    )


def _people() -> list[tuple[int, str]]:
    active = accounts.list_people(current_actor(), include_inactive=False)
    return [(membership.user_id, membership.user.name) for membership in active if membership.user.is_active]
