"""Departments (部门): a tree with a head for each, and who belongs to which. A person has one primary department."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Model
from models.tenancy import CompanyScoped


class Department(CompanyScoped, Model):
    """A closed one (`is_active` is false) keeps its name for what happened in it; it has no people and no head."""

    __table_args__ = (UniqueConstraint("company_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    head_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}


class DepartmentMember(CompanyScoped, Model):
    """That a person belongs to a department. The primary one is asked for heads."""

    __table_args__ = (
        UniqueConstraint("department_id", "user_id"),
        Index(
            "uq_department_member_primary",
            "company_id",
            "user_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    is_primary: Mapped[bool] = mapped_column(default=True)
