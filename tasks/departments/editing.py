"""Change the tree of departments: make, rename, move, head, people, close. The tree has no circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, or_, select

from models.access import Actor, Permission
from models.accounts import Membership, User
from models.db import db
from models.departments import Department, DepartmentMember
from models.errors import Conflict, Invalid
from tasks import audit
from tasks.boundary import command
from tasks.departments.viewing import unknown

Tree = dict[int, Department]


@dataclass(frozen=True, kw_only=True)
class DepartmentDraft:
    """A department as an administrator fills it in. No parent: it stands at the top."""

    name: str
    name_zh: str = ""
    parent_id: int | None = None
    head_id: int | None = None


@command(Permission.PEOPLE_MANAGE)
def create_department(actor: Actor, draft: DepartmentDraft) -> Department:
    """Raises `Invalid` with every fault of the draft."""
    tree = _lock_tree()
    _check(actor, draft, tree)
    department = Department(**_values(draft))
    db.session.add(department)
    db.session.flush()
    audit.record(actor, "department.create", f"department:{department.id}", **_values(draft))
    return department


@command(Permission.PEOPLE_MANAGE)
def edit_department(actor: Actor, draft: DepartmentDraft, *, department_id: int) -> Department:
    """Rename, move, or give another head. Raises `Invalid` with every fault; below itself it cannot go."""
    tree = _lock_tree()
    department = _open(tree, department_id)
    _check(actor, draft, tree, department)
    before = {name: getattr(department, name) for name in _values(draft)}
    changed = {name: value for name, value in _values(draft).items() if value != before[name]}
    for name, value in changed.items():
        setattr(department, name, value)
    if changed:
        earlier = {name: before[name] for name in changed}
        audit.record(actor, "department.edit", f"department:{department.id}", before=earlier, after=changed)
    return department


@command(Permission.PEOPLE_MANAGE)
def place_person(actor: Actor, *, user_id: int, department_id: int | None, is_primary: bool = True) -> None:
    """Put an active person into a department; the primary one takes the place of their earlier primary one.

    Without a department they lose their primary one. Raises `Invalid` for somebody who is not active.
    """
    tree = _lock_tree()
    if department_id is not None:
        _open(tree, department_id)
    _require_active(actor, user_id, "user_id")
    settle(actor.company_id, user_id, department_id, is_primary=is_primary)
    audit.record(actor, "department.place", f"user:{user_id}", department=department_id, is_primary=is_primary)


@command(Permission.PEOPLE_MANAGE)
def remove_person(actor: Actor, *, user_id: int, department_id: int) -> None:
    """Take somebody out of a department. Raises `Conflict` when they are not in it."""
    _find(_lock_tree(), department_id)
    found = db.session.scalars(
        select(DepartmentMember).where(
            DepartmentMember.department_id == department_id, DepartmentMember.user_id == user_id
        )
    ).one_or_none()
    if found is None:
        raise Conflict("This person is not in the department any more.", code="department.not_in_it")
    db.session.delete(found)
    audit.record(actor, "department.remove", f"user:{user_id}", department=department_id)


@command(Permission.PEOPLE_MANAGE)
def close_department(actor: Actor, *, department_id: int) -> Department:
    """Take a department out of use. Raises `Conflict` while active people or open departments are in it."""
    tree = _lock_tree()
    department = _open(tree, department_id)
    below = next((row for row in tree.values() if row.is_active and row.parent_id == department_id), None)
    if below is not None:
        raise Conflict(
            "“{department}” still has “{child}” below it. Move or close that first.",
            code="department.has_children",
            department=department.name,
            child=below.name,
        )
    _refuse_people(actor, department)
    db.session.execute(delete(DepartmentMember).where(DepartmentMember.department_id == department_id))
    department.is_active, department.head_id = False, None
    audit.record(actor, "department.close", f"department:{department.id}", name=department.name)
    return department


@command(Permission.PEOPLE_MANAGE)
def reopen_department(actor: Actor, *, department_id: int) -> Department:
    """Take a closed department into use again. Raises `Conflict` while the one above it is closed."""
    tree = _lock_tree()
    department = _find(tree, department_id)
    parent = tree.get(department.parent_id or 0)
    if parent is not None and not parent.is_active:
        raise Conflict(
            "“{parent}”, to which it belongs, is closed. Reopen that first.",
            code="department.parent_closed",
            parent=parent.name,
        )
    department.is_active = True
    audit.record(actor, "department.reopen", f"department:{department.id}", name=department.name)
    return department


def settle(company_id: int | None, user_id: int, department_id: int | None, *, is_primary: bool = True) -> None:
    """Write down where somebody belongs. Names the company itself: whoever joins does so before one is served."""
    replaced = DepartmentMember.department_id == department_id
    db.session.execute(
        delete(DepartmentMember).where(
            DepartmentMember.company_id == company_id,
            DepartmentMember.user_id == user_id,
            or_(DepartmentMember.is_primary, replaced) if is_primary else replaced,
        )
    )
    if department_id is not None:
        db.session.add(
            DepartmentMember(company_id=company_id, user_id=user_id, department_id=department_id, is_primary=is_primary)
        )
    db.session.flush()


def require_open(department_id: int) -> None:
    """Raise `NotFound` or `Conflict` unless this department of the company is in use."""
    _open(_lock_tree(), department_id)


def _lock_tree() -> Tree:
    """Every department, locked: two moves at once could close a circle that neither of them sees."""
    wanted = select(Department).order_by(Department.id).with_for_update().execution_options(populate_existing=True)
    return {row.id: row for row in db.session.scalars(wanted)}


def _find(tree: Tree, department_id: int) -> Department:
    if department_id not in tree:
        raise unknown()
    return tree[department_id]


def _open(tree: Tree, department_id: int) -> Department:
    department = _find(tree, department_id)
    if not department.is_active:
        raise Conflict(
            "“{department}” is closed. Reopen it first.",
            code="department.closed",
            field="department_id",
            department=department.name,
        )
    return department


def _check(actor: Actor, draft: DepartmentDraft, tree: Tree, own: Department | None = None) -> None:
    problems = tuple(_problems(actor, draft, tree, own))
    if problems:
        raise (
            problems[0]
            if len(problems) == 1
            else Invalid("Some entries need another look.", code="department.invalid", problems=problems)
        )


def _problems(actor: Actor, draft: DepartmentDraft, tree: Tree, own: Department | None) -> Iterator[Invalid]:
    name = draft.name.strip()
    if not name:
        yield Invalid("Enter a name.", code="department.name_missing", field="name")
    twin = next((row for row in tree.values() if row.name == name and row is not own), None)
    if twin is not None:
        yield _taken(twin)
    if draft.parent_id is not None and (problem := _parent_problem(draft.parent_id, tree, own)):
        yield problem
    if draft.head_id is not None and not _is_active(actor, draft.head_id):
        yield _inactive("head_id")


def _parent_problem(parent_id: int, tree: Tree, own: Department | None) -> Invalid | None:
    parent = tree.get(parent_id)
    if parent is None or not parent.is_active:
        return Invalid("Choose a department that is in use.", code="department.parent", field="parent_id")
    if own is not None and own.id in _upward(parent, tree):
        return Invalid(
            "“{department}” cannot go below “{parent}”: that is the department itself, or belongs to it.",
            code="department.circle",
            field="parent_id",
            department=own.name,
            parent=parent.name,
        )
    return None


def _upward(department: Department | None, tree: Tree) -> Iterator[int]:
    while department is not None:
        yield department.id
        department = tree.get(department.parent_id or 0)


def _taken(twin: Department) -> Invalid:
    if twin.is_active:
        return Invalid(
            "There is a department “{department}” already.",
            code="department.taken",
            field="name",
            department=twin.name,
        )
    return Invalid(
        "A closed department has the name “{department}”. Reopen it, or choose another name.",
        code="department.taken_by_closed",
        field="name",
        department=twin.name,
    )


def _refuse_people(actor: Actor, department: Department) -> None:
    people = db.session.scalars(
        select(User.name)
        .join(DepartmentMember, DepartmentMember.user_id == User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            DepartmentMember.department_id == department.id,
            Membership.company_id == actor.company_id,
            Membership.is_active,
        )
        .order_by(User.name)
    ).all()
    if people:
        raise Conflict(
            "“{department}” still has people in it ({count}), such as {person}. Give them another department first.",
            code="department.has_people",
            department=department.name,
            count=len(people),
            person=people[0],
        )


def _require_active(actor: Actor, user_id: int, field: str) -> None:
    if not _is_active(actor, user_id):
        raise _inactive(field)


def _inactive(field: str) -> Invalid:
    return Invalid("Choose a person who is active in this company.", code="department.person", field=field)


def _is_active(actor: Actor, user_id: int) -> bool:
    found = (
        select(Membership.id)
        .join(Membership.user)
        .where(
            Membership.company_id == actor.company_id,
            Membership.user_id == user_id,
            Membership.is_active,
            User.is_active,
        )
    )
    return db.session.scalar(found) is not None


def _values(draft: DepartmentDraft) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in asdict(draft).items()}
