"""Departments: the tree of the company, its people and heads, and what an approval asks about them."""

from tasks.departments.editing import (
    DepartmentDraft,
    close_department,
    create_department,
    edit_department,
    place_person,
    remove_person,
    reopen_department,
    require_open,
    settle,
)
from tasks.departments.organization import load_organization, organization_of
from tasks.departments.viewing import (
    DepartmentView,
    Directory,
    PersonIn,
    get_department,
    list_departments,
    primary_departments,
)

__all__ = [
    "DepartmentDraft",
    "DepartmentView",
    "Directory",
    "PersonIn",
    "close_department",
    "create_department",
    "edit_department",
    "get_department",
    "list_departments",
    "load_organization",
    "organization_of",
    "place_person",
    "primary_departments",
    "remove_person",
    "reopen_department",
    "require_open",
    "settle",
]
