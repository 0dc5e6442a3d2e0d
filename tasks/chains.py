"""Approval chains: edit them, and resolve one into people. Preview and run ask the same resolver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission, Role
from models.accounts import Membership, User
from models.chains import ApprovalChain, ApproverKind, ChainStep
from models.db import db, touch
from models.errors import Conflict, Invalid, NotFound
from models.language import N_
from tasks import audit
from tasks.boundary import command, query


@dataclass(frozen=True)
class ResolvedStep:
    """One approval as it will be asked for: any one of `candidates` (user ids) answers it.

    `reason` says why it is these people: "role", "person", or "administrators" when nobody else was left.
    """

    title: str
    title_zh: str
    candidates: tuple[int, ...]
    reason: str
    role: str
    due_hours: int

    def as_data(self) -> dict[str, Any]:
        """What the process keeps of it."""
        return {
            "title": self.title,
            "title_zh": self.title_zh,
            "candidates": list(self.candidates),
            "due_hours": self.due_hours,
        }


@dataclass(frozen=True, kw_only=True)
class StepDraft:
    """A step as an administrator fills it in."""

    title: str
    title_zh: str = ""
    approver_kind: ApproverKind
    role: str = ""
    user_id: int | None = None
    due_hours: int = 24


DEFAULT_CHAINS: tuple[tuple[str, str, str, tuple[tuple[str, str, Role, int], ...]], ...] = (
    ("simple", N_("Simple"), "简易审批", (("Manager approval", "经理审批", Role.APPROVER, 16),)),
    (
        "standard",
        N_("Standard"),
        "标准审批",
        (("Manager approval", "经理审批", Role.APPROVER, 16), ("Finance review", "财务复核", Role.FINANCE, 16)),
    ),
    (
        "extended",
        N_("Extended"),
        "加强审批",
        (
            ("Manager approval", "经理审批", Role.APPROVER, 16),
            ("Finance review", "财务复核", Role.FINANCE, 16),
            ("Company approval", "公司负责人审批", Role.ADMIN, 24),
        ),
    ),
)


@command(Permission.OPERATE)
def make_default_chains(actor: Actor) -> None:
    """Give a new company the three chains that the shipped decision table names."""
    for key, name, name_zh, steps in DEFAULT_CHAINS:
        chain = ApprovalChain(key=key, name=name, name_zh=name_zh)
        chain.steps = [
            ChainStep(
                position=position,
                title=title,
                title_zh=title_zh,
                approver_kind=ApproverKind.ROLE,
                role=role.value,
                due_hours=hours,
            )
            for position, (title, title_zh, role, hours) in enumerate(steps, start=1)
        ]
        db.session.add(chain)
    db.session.flush()


@query(Permission.CHAIN_READ)
def list_chains(actor: Actor) -> Sequence[ApprovalChain]:
    """The company's chains with their steps, in the order in which they were made."""
    return db.session.scalars(
        select(ApprovalChain)
        .options(selectinload(ApprovalChain.steps).joinedload(ChainStep.user))
        .order_by(ApprovalChain.id)
    ).all()


@query(Permission.CHAIN_READ)
def get_chain(actor: Actor, key: str) -> ApprovalChain:
    """Raises `NotFound`."""
    chain = db.session.scalars(select(ApprovalChain).where(ApprovalChain.key == key)).one_or_none()
    if chain is None:
        raise NotFound("There is no approval chain “{key}”.", code="chain.not_found", key=key)
    return chain


@command(Permission.CHAIN_EDIT)
def save_chain(actor: Actor, *, key: str, name: str, name_zh: str, steps: Sequence[StepDraft], revision: int) -> None:
    """Replace the steps of a chain. Requests under way keep the steps they were submitted with.

    Raises `Conflict` when somebody saved since `revision`, `Invalid` naming the step at fault.
    """
    chain = get_chain(actor, key)
    if chain.revision != revision:
        raise Conflict(
            "Somebody else changed this chain meanwhile. Reload the page, then change it again.", code="chain.stale"
        )
    for position, step in enumerate(steps, start=1):
        _check_step(actor, position, step)
    before = [_described(step) for step in chain.steps]
    chain.steps.clear()
    db.session.flush()  # the old positions must be gone before the new ones come
    chain.name, chain.name_zh = name, name_zh
    touch(chain, "name")
    chain.steps = [
        ChainStep(
            position=position,
            title=step.title,
            title_zh=step.title_zh,
            approver_kind=step.approver_kind,
            role=step.role if step.approver_kind is ApproverKind.ROLE else "",
            user_id=step.user_id if step.approver_kind is ApproverKind.USER else None,
            due_hours=step.due_hours,
        )
        for position, step in enumerate(steps, start=1)
    ]
    db.session.flush()
    audit.record(actor, "chain.save", f"chain:{key}", before=before, after=[_described(step) for step in chain.steps])


def _described(step: ChainStep) -> str:
    return f"{step.position}. {step.title}: {step.role or step.user_id} ({step.due_hours} h)"


def _check_step(actor: Actor, position: int, step: StepDraft) -> None:
    if step.approver_kind is ApproverKind.USER and not _active_members(actor, user_id=step.user_id):
        raise Invalid(
            "Step {position} “{title}”: choose a person who is active in this company.",
            code="chain.person",
            field=f"steps.{position - 1}.user_id",
            position=position,
            title=step.title,
        )
    if step.approver_kind is ApproverKind.ROLE and step.role not in set(Role):
        raise Invalid(
            "Step {position} “{title}”: choose a role.",
            code="chain.role",
            field=f"steps.{position - 1}.role",
            position=position,
            title=step.title,
        )


@query(Permission.CHAIN_READ)
def resolve(actor: Actor, *, key: str, requester_id: int) -> tuple[ResolvedStep, ...]:
    """The people behind a chain, for a request of `requester_id`, who is never asked to approve their own.

    Where nobody else is left, the administrators are asked; raises `Invalid` naming the step when there are none.
    """
    chain = get_chain(actor, key)
    members = [member for member in _active_members(actor) if member.user_id != requester_id]
    return tuple(_resolve_step(step, members) for step in chain.steps)


def _resolve_step(step: ChainStep, members: Sequence[Membership]) -> ResolvedStep:
    by_person = step.approver_kind is ApproverKind.USER
    reason = "person" if by_person else "role"
    people = [m.user_id for m in members if (m.user_id == step.user_id if by_person else step.role in m.roles)]
    if not people:
        reason = "administrators"
        people = [member.user_id for member in members if Role.ADMIN in member.roles]
    if not people:
        raise Invalid(
            "Nobody can approve step {position} “{title}”. Ask an administrator to change the approval chain.",
            code="chain.nobody",
            position=step.position,
            title=step.title,
        )
    return ResolvedStep(step.title, step.title_zh, tuple(people), reason, step.role, step.due_hours)


def _active_members(actor: Actor, user_id: int | None = None) -> Sequence[Membership]:
    wanted = (
        select(Membership)
        .join(Membership.user)
        .where(Membership.company_id == actor.company_id, Membership.is_active, User.is_active)
        .order_by(Membership.id)
    )
    if user_id is not None:
        wanted = wanted.where(Membership.user_id == user_id)
    return db.session.scalars(wanted).all()
