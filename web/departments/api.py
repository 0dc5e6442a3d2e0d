"""REST resources of departments: the tree, their heads, and their people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.language import N_
from tasks import departments
from tasks.departments import DepartmentDraft, DepartmentView
from web.departments.api_schema import (
    DepartmentAnswerSchema,
    DepartmentEntrySchema,
    DepartmentListSchema,
    DepartmentPersonEntrySchema,
)
from web.rest.blueprint import ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Departments"), __name__, description=N_("The tree of departments, their heads and their people."))


@bp.get("/departments")
@bp.response(200, DepartmentListSchema)
@bp.refuses()
@bp.says(N_("List departments"), N_("Each behind the one above it; the closed ones last."))
def list_departments() -> dict[str, list[DepartmentView]]:
    found = departments.list_departments(current_actor())
    return {"items": [*_flat(found.roots), *found.closed]}


@bp.post("/departments")
@bp.arguments(DepartmentEntrySchema)
@bp.response(201, DepartmentAnswerSchema)
@bp.refuses(422)
@bp.says(N_("Make a department"))
def create_department(entries: DepartmentDraft) -> DepartmentView:
    return _read(departments.create_department(current_actor(), entries).id)


@bp.get("/departments/<int:department_id>")
@bp.response(200, DepartmentAnswerSchema)
@bp.refuses(404)
@bp.says(N_("Read a department"))
def get_department(department_id: int) -> DepartmentView:
    return _read(department_id)


@bp.put("/departments/<int:department_id>")
@bp.arguments(DepartmentEntrySchema)
@bp.response(200, DepartmentAnswerSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Change a department"), N_("Its names, the one above it, and its head. Below itself it cannot go."))
def change_department(entries: DepartmentDraft, department_id: int) -> DepartmentView:
    departments.edit_department(current_actor(), entries, department_id=department_id)
    return _read(department_id)


@bp.post("/departments/<int:department_id>/close")
@bp.response(200, DepartmentAnswerSchema)
@bp.refuses(404, 409)
@bp.says(N_("Close a department"), N_("Refused with 409 while people or departments in use are in it."))
def close_department(department_id: int) -> DepartmentView:
    departments.close_department(current_actor(), department_id=department_id)
    return _read(department_id)


@bp.post("/departments/<int:department_id>/reopen")
@bp.response(200, DepartmentAnswerSchema)
@bp.refuses(404, 409)
@bp.says(N_("Use a closed department again"))
def reopen_department(department_id: int) -> DepartmentView:
    departments.reopen_department(current_actor(), department_id=department_id)
    return _read(department_id)


@bp.post("/departments/<int:department_id>/people")
@bp.arguments(DepartmentPersonEntrySchema)
@bp.response(200, DepartmentAnswerSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Put a person into a department"))
def place_person(entries: dict[str, Any], department_id: int) -> DepartmentView:
    departments.place_person(current_actor(), department_id=department_id, **entries)
    return _read(department_id)


@bp.delete("/departments/<int:department_id>/people/<int:user_id>")
@bp.response(200, DepartmentAnswerSchema)
@bp.refuses(404, 409)
@bp.says(N_("Take a person out of a department"))
def remove_person(department_id: int, user_id: int) -> DepartmentView:
    departments.remove_person(current_actor(), user_id=user_id, department_id=department_id)
    return _read(department_id)


def _read(department_id: int) -> DepartmentView:
    return departments.get_department(current_actor(), department_id)


def _flat(rows: Sequence[DepartmentView]) -> Iterator[DepartmentView]:
    for row in rows:
        yield row
        yield from _flat(row.children)
