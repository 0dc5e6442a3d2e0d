"""Leaving a company: what a person holds goes to a successor, and the person is deactivated, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission, can
from models.accounts import Company, Membership, User
from models.chains import ApprovalChain, ChainVersion, StepRule
from models.customers import Customer
from models.db import db, utc_now
from models.delegations import Delegation
from models.departments import Department
from models.errors import AppError, Conflict, Invalid
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from models.signing import move, open_turns
from tasks import audit, chains, processes, requests
from tasks.accounts.people import deactivate_person, get_person
from tasks.boundary import command, query
from tasks.inbox.asking import tell_signers

_PENDING = (SignerStatus.WAITING, SignerStatus.OPEN, SignerStatus.HELD)


@dataclass(frozen=True)
class Heirs:
    """Who takes over. The second takes the approvals that the first cannot: own requests, or asked there already."""

    first: int
    second: int | None = None

    @property
    def people(self) -> tuple[int, ...]:
        return (self.first,) if self.second is None else (self.first, self.second)


@dataclass(frozen=True)
class HeldTask:
    """An approval that waits for the person. `taker_id`: who gets it, None when neither heir can."""

    task_id: int
    title: str
    title_zh: str
    request_id: int
    number: str
    taker_id: int | None = None


@dataclass(frozen=True)
class Holdings:
    """What a person holds in the company, and why it cannot be handed over so. Delegations end, given and got."""

    person: Membership
    tasks: tuple[HeldTask, ...]
    chains: tuple[ApprovalChain, ...]
    departments: tuple[Department, ...]
    customers: int
    delegations: int
    problems: tuple[AppError, ...] = ()


@query(Permission.PEOPLE_MANAGE)
def count_waiting(actor: Actor) -> Mapping[int, int]:
    """How many open approvals have a turn of each person, by user id: those of somebody who left wait on for them."""
    found = db.session.execute(
        select(TaskSigner.user_id, func.count(HumanTask.id.distinct()))
        .join(HumanTask, HumanTask.id == TaskSigner.task_id)
        .join(InvoiceRequest, InvoiceRequest.id == HumanTask.subject_id)
        .where(
            HumanTask.subject_kind == requests.KIND,
            HumanTask.status == TaskStatus.OPEN,
            TaskSigner.status.in_(_PENDING),
            InvoiceRequest.applicant_id != TaskSigner.user_id,
        )
        .group_by(TaskSigner.user_id)
    )
    return {user_id: count for user_id, count in found if user_id is not None}


@query(Permission.PEOPLE_MANAGE)
def read_holdings(actor: Actor, *, membership_id: int, heirs: Heirs | None = None) -> Holdings:
    """What somebody holds; with `heirs`, also who would get what: the same plan that `hand_over` carries out."""
    person = get_person(actor, membership_id)
    holdings = Holdings(
        person,
        tuple(_held_tasks(person.user_id, heirs)),
        tuple(chain for chain in chains.list_chains(actor) if _versions(actor, chain, person.user_id)),
        tuple(db.session.scalars(select(Department).where(Department.head_id == person.user_id))),
        db.session.scalar(select(func.count(Customer.id)).where(Customer.owner_id == person.user_id)) or 0,
        len(_delegations(person.user_id)),
    )
    return holdings if heirs is None else replace(holdings, problems=tuple(_problems(actor, holdings, heirs)))


@command(Permission.PEOPLE_MANAGE)
def hand_over(actor: Actor, *, membership_id: int, heirs: Heirs) -> Holdings:
    """Give what a person holds to the heirs, end their delegations, and deactivate them. Returns what was moved.

    Raises the first refusal of the plan, and those of deactivating: oneself, the last administrator.
    """
    leaver = get_person(actor, membership_id).user_id
    locked = db.session.scalars(_waiting_for(leaver).with_only_columns(HumanTask.id)).all()
    for task_id in locked:
        processes.lock_task(task_id)
    held = read_holdings(actor, membership_id=membership_id, heirs=heirs)
    if not {task.task_id for task in held.tasks} <= set(locked):
        raise Conflict("Something came in for them just now. Look again.", code="leaver.stale")
    if held.problems:
        raise held.problems[0]
    for task in held.tasks:
        _move_task(actor, task, leaver)
    for chain in held.chains:
        _rename_in_chain(actor, chain, leaver, heirs.first)
    for department in held.departments:
        department.head_id = heirs.first
    db.session.execute(update(Customer).where(Customer.owner_id == leaver).values(owner_id=heirs.first))
    for delegation in _delegations(leaver):
        delegation.revoked_at = utc_now()
    _write_down(actor, held, heirs)
    deactivate_person(actor, membership_id=membership_id)
    return held


def _held_tasks(leaver: int, heirs: Heirs | None) -> Iterator[HeldTask]:
    for task, request in db.session.execute(_waiting_for(leaver)).all():
        taker = None if heirs is None else _taker(task, request, heirs)
        yield HeldTask(task.id, task.title, task.title_zh, request.id, request.number or "", taker)


def _waiting_for(leaver: int) -> Select[HumanTask, InvoiceRequest]:
    """In the order of their flows, which is the order of locks. Own requests that came back stay with them."""
    return (
        select(HumanTask, InvoiceRequest)
        .join(InvoiceRequest, InvoiceRequest.id == HumanTask.subject_id)
        .where(
            HumanTask.subject_kind == requests.KIND,
            HumanTask.status == TaskStatus.OPEN,
            HumanTask.signers.any((TaskSigner.user_id == leaver) & TaskSigner.status.in_(_PENDING)),
            InvoiceRequest.applicant_id != leaver,
        )
        .order_by(HumanTask.instance_id, HumanTask.id)
    )


def _taker(task: HumanTask, request: InvoiceRequest, heirs: Heirs) -> int | None:
    """The first heir who may: not who made the request, nor who is asked in this step already."""
    asked = {signer.user_id for signer in task.signers if signer.is_pending}
    return next((heir for heir in heirs.people if heir != request.applicant_id and heir not in asked), None)


def _problems(actor: Actor, held: Holdings, heirs: Heirs) -> Iterator[AppError]:
    for field, heir in zip(("first", "second"), heirs.people, strict=False):
        yield from _heir_problems(actor, held, heir, field)
    for task in held.tasks:
        if task.taker_id is None:
            yield Conflict(
                "“{title}” of {number} can go to none of those chosen: they made the request, or are asked in this "
                "step already. Choose somebody else as the second.",
                code="leaver.task",
                field="second",
                title=task.title,
                number=task.number,
            )


def _heir_problems(actor: Actor, held: Holdings, heir: int, field: str) -> Iterator[AppError]:
    member = db.session.scalars(
        select(Membership)
        .options(joinedload(Membership.user))
        .join(Membership.user)
        .where(
            Membership.company_id == actor.company_id,
            Membership.user_id == heir,
            Membership.is_active,
            User.is_active,
        )
    ).one_or_none()
    if heir == held.person.user_id:
        yield Invalid("Choose somebody else than who leaves.", code="leaver.oneself", field=field)
    elif member is None:
        yield Invalid("Choose a person who is active in this company.", code="leaver.heir", field=field)
    elif (held.tasks or held.chains) and not can(member.as_actor(), Permission.TASK_DECIDE):
        yield Invalid(
            "{person} has no role that decides tasks. Choose somebody else, or ask an administrator.",
            code="leaver.no_role",
            field=field,
            person=member.user.name,
        )


def _move_task(actor: Actor, held: HeldTask, leaver: int) -> None:
    task, request = db.session.get_one(HumanTask, held.task_id), db.session.get_one(InvoiceRequest, held.request_id)
    now = utc_now()
    # More than one turn of the same person in a step is rare, and the heir answers each of them.
    for signer in [signer for signer in task.signers if signer.is_turn_of(leaver) and signer.is_pending]:
        waits_for_others = signer.status is SignerStatus.HELD
        moved = move(signer, held.taker_id or 0, by=actor.user_id, now=now)
        if waits_for_others:
            moved.status = SignerStatus.HELD
    opened = open_turns(task, now)
    db.session.flush()
    requests.note(actor, request, "transfer", task=task, about=held.taker_id)
    tell_signers(task, request, opened)


def _versions(actor: Actor, chain: ApprovalChain, leaver: int) -> list[ChainVersion]:
    """The versions of a chain in force now or later that name the person."""
    today = _today(actor)
    now = chain.in_force(today)
    later = [version for version in chain.versions if version.effective_from > today]
    return [
        version
        for version in dict.fromkeys([now, *later])
        if any(leaver in people for rule in version.rules for people in rule.named.values())
    ]


def _rename_in_chain(actor: Actor, chain: ApprovalChain, leaver: int, heir: int) -> None:
    """Each version that counts gets a successor of the same day; requests under way keep theirs."""
    for version in _versions(actor, chain, leaver):
        draft = chains.ChainDraft(
            name=chain.name,
            name_zh=chain.name_zh,
            steps=[_handed_on(rule, leaver, heir).as_data() for rule in version.rules],
            binding=version.binding,
            effective_from=max(version.effective_from, _today(actor)),
            note=version.note,
        )
        chains.save_chain(actor, draft, key=chain.key, revision=chain.revision)


def _handed_on(rule: StepRule, leaver: int, heir: int) -> StepRule:
    """The step with the heir wherever it named the leaver; somebody named twice counts once."""

    def swap(person: Any) -> Any:
        return heir if person == leaver else person

    return replace(
        rule,
        approvers=replace(rule.approvers, people=tuple(dict.fromkeys(map(swap, rule.approvers.people)))),
        weights={swap(person): weight for person, weight in rule.weights.items()},
        vetoes=frozenset(map(swap, rule.vetoes)),
        empty_person=swap(rule.empty_person),
        escalate_to=swap(rule.escalate_to),
        copies=tuple(dict.fromkeys(map(swap, rule.copies))),
    )


def _delegations(leaver: int) -> list[Delegation]:
    return list(
        db.session.scalars(
            select(Delegation).where(
                or_(Delegation.from_user_id == leaver, Delegation.to_user_id == leaver),
                Delegation.revoked_at.is_(None),
                or_(Delegation.ends_at.is_(None), Delegation.ends_at > utc_now()),
            )
        )
    )


def _write_down(actor: Actor, held: Holdings, heirs: Heirs) -> None:
    audit.record(
        actor,
        "people.hand_over",
        f"user:{held.person.user_id}",
        heirs=heirs.people,
        tasks={task.task_id: task.taker_id for task in held.tasks},
        chains=[chain.key for chain in held.chains],
        departments=[department.id for department in held.departments],
        customers=held.customers,
        delegations=held.delegations,
    )


def _today(actor: Actor) -> date:
    return db.session.get_one(Company, actor.company_id).today()
