"""The tree of departments as people read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, select

from models.access import Actor, Permission
from models.accounts import Membership, User
from models.db import db
from models.departments import Department, DepartmentMember
from models.errors import NotFound
from tasks.boundary import query


@dataclass(frozen=True)
class PersonIn:
    """An active person in a department. `is_primary`: their heads are found from here."""

    user_id: int
    membership_id: int
    name: str
    is_primary: bool


@dataclass(frozen=True)
class DepartmentView:
    """A department with its people and the open ones below it, both by name. No head: 0 and an empty name."""

    id: int
    name: str
    name_zh: str
    parent_id: int | None
    head_id: int
    head_name: str
    is_active: bool
    people: tuple[PersonIn, ...] = ()
    children: tuple[DepartmentView, ...] = ()


@dataclass(frozen=True)
class Directory:
    """The open departments as a tree, and the closed ones."""

    roots: tuple[DepartmentView, ...]
    closed: tuple[DepartmentView, ...]


@query(Permission.COMPANY_READ)
def list_departments(actor: Actor) -> Directory:
    """Every department of the company."""
    rows = _rows(actor)
    below: dict[int | None, list[DepartmentView]] = defaultdict(list)
    for row in rows:
        if row.is_active:
            below[row.parent_id].append(row)
    return Directory(_grown(below, None), tuple(row for row in rows if not row.is_active))


@query(Permission.COMPANY_READ)
def get_department(actor: Actor, department_id: int) -> DepartmentView:
    """One department, also a closed one. Raises `NotFound`."""
    rows = _rows(actor)
    found = next((row for row in rows if row.id == department_id), None)
    if found is None:
        raise unknown()
    return replace(found, children=tuple(row for row in rows if row.is_active and row.parent_id == department_id))


@query(Permission.COMPANY_READ)
def primary_departments(actor: Actor) -> dict[int, DepartmentView]:
    """The primary department of each active person who has one, by user id."""
    return {person.user_id: row for row in _rows(actor) for person in row.people if person.is_primary}


def unknown() -> NotFound:
    """The refusal of a department that is not there, or not in this company."""
    return NotFound("There is no such department in your company.", code="department.unknown", field="department_id")


def _grown(below: Mapping[int | None, Sequence[DepartmentView]], parent_id: int | None) -> tuple[DepartmentView, ...]:
    return tuple(replace(row, children=_grown(below, row.id)) for row in below.get(parent_id, ()))


def _rows(actor: Actor) -> list[DepartmentView]:
    people = _people(actor)
    wanted = select(Department, User.name).outerjoin(User, User.id == Department.head_id)
    return [
        DepartmentView(
            row.id,
            row.name,
            row.name_zh,
            row.parent_id,
            row.head_id or 0,
            head_name or "",
            row.is_active,
            tuple(people.get(row.id, ())),
        )
        for row, head_name in db.session.execute(wanted.order_by(Department.name))
    ]


def _people(actor: Actor) -> dict[int, list[PersonIn]]:
    wanted = (
        select(DepartmentMember, Membership.id, User.name)
        .join(User, User.id == DepartmentMember.user_id)
        .join(
            Membership,
            and_(Membership.user_id == DepartmentMember.user_id, Membership.company_id == actor.company_id),
        )
        .where(Membership.is_active, User.is_active)
        .order_by(User.name, User.id)
    )
    found: dict[int, list[PersonIn]] = defaultdict(list)
    for row, membership_id, name in db.session.execute(wanted):
        found[row.department_id].append(PersonIn(row.user_id, membership_id, name, row.is_primary))
    return found
