"""Departments: the tree of the company, its people and heads, and what an approval asks about them."""

from tasks.departments.organization import load_organization

__all__ = ["load_organization"]
