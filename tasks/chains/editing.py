"""Edit approval chains. Every save makes a new version; requests under way keep the one with which they began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission
from models.accounts import Company
from models.chains import ApprovalChain, ApproverKind, Approvers, Binding, ChainVersion, StepRule, read_steps
from models.chains.rules import fault_in
from models.customers import Customer
from models.db import db, touch
from models.departments import Department
from models.errors import Conflict, Invalid, NotFound
from models.language import N_
from models.organization import Organization
from tasks import audit
from tasks.boundary import command, query
from tasks.chains.conditions import check_expressions
from tasks.chains.defaults import DEFAULT_CHAINS
from tasks.departments import load_organization

_LONGEST_NAME = 80
_LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True)
class ChainDraft:
    """A chain as an administrator fills it in; `StepRule` and `Binding` read the plain data of `steps` and `binding`.

    `effective_from` is the first day on which it counts; None is today.
    """

    name: str
    name_zh: str = ""
    steps: Sequence[Mapping[str, Any]] = ()
    binding: Mapping[str, Any] = field(default_factory=dict)
    effective_from: date | None = None
    note: str = ""


@command(Permission.OPERATE)
def make_default_chains(actor: Actor) -> None:
    """Give a new company the three chains that the shipped decision table names."""
    for position, (key, name, name_zh, steps) in enumerate(DEFAULT_CHAINS, start=1):
        chain = ApprovalChain(key=key, name=name, name_zh=name_zh, position=position)
        chain.versions = [ChainVersion(number=1, effective_from=_today(actor), steps=_kept(read_steps(steps)))]
        db.session.add(chain)
    db.session.flush()


@query(Permission.CHAIN_READ)
def list_chains(actor: Actor) -> Sequence[ApprovalChain]:
    """The company's chains with their versions, in the order in which their bindings are tried."""
    return db.session.scalars(
        select(ApprovalChain)
        .options(selectinload(ApprovalChain.versions).joinedload(ChainVersion.made_by))
        .order_by(ApprovalChain.position, ApprovalChain.id)
    ).all()


@query(Permission.CHAIN_READ)
def get_chain(actor: Actor, key: str) -> ApprovalChain:
    """Raises `NotFound`."""
    return _find(key)


@query(Permission.CHAIN_EDIT)
def check_condition(actor: Actor, text: str, *, title: str, position: int) -> None:
    """Raises `Invalid` unless the text is a condition that the step of that title and position may have."""
    nobody = Approvers(kind=ApproverKind.DEPARTMENT_HEAD)
    check_expressions(StepRule(key="", title=title, condition=text, approvers=nobody), position)


@query(Permission.CHAIN_READ)
def name_customers(actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """The names of customers by id; what is not the company's is left out."""
    rows = db.session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


@query(Permission.CHAIN_READ)
def read_organization(actor: Actor) -> Organization:
    """The people and departments that a chain may name."""
    return load_organization(actor)


@command(Permission.CHAIN_EDIT)
def add_chain(actor: Actor, draft: ChainDraft, *, key: str) -> ApprovalChain:
    """Make a chain, the last in the order. `key` is what a decision table calls it. Raises `Conflict`, `Invalid`."""
    if not key.isidentifier() or len(key) > _LONGEST_NAME:
        raise Invalid(
            "“{key}” cannot be a key. Use letters, digits and _, beginning with a letter.",
            code="chain.key",
            field="key",
            key=key[:_LONGEST_NAME],
        )
    if db.session.scalar(select(ApprovalChain.id).where(ApprovalChain.key == key)) is not None:
        raise Conflict("There is a chain “{key}” already.", code="chain.exists", field="key", key=key)
    last = db.session.scalar(select(func.max(ApprovalChain.position))) or 0
    chain = ApprovalChain(key=key, name="", position=last + 1)
    _fill(actor, chain, draft)
    db.session.add(chain)
    db.session.flush()
    audit.record(actor, "chain.add", f"chain:{key}", steps=_described(chain.newest.rules))
    return chain


@command(Permission.CHAIN_EDIT)
def save_chain(actor: Actor, draft: ChainDraft, *, key: str, revision: int) -> ChainVersion:
    """Make a new version of a chain. Raises `Invalid` naming step and field, `Conflict` on an old `revision`."""
    chain = _unchanged(key, revision)
    before = _described(chain.newest.rules)
    _fill(actor, chain, draft)
    touch(chain, "name")
    db.session.flush()
    newest = chain.newest
    audit.record(
        actor,
        "chain.save",
        f"chain:{key}",
        version=newest.number,
        effective_from=newest.effective_from.isoformat(),
        before=before,
        after=_described(newest.rules),
    )
    return newest


@command(Permission.CHAIN_EDIT)
def set_active(actor: Actor, *, key: str, is_active: bool, revision: int) -> None:
    """Let a chain claim requests by its binding, or not. A decision table may name it either way."""
    _unchanged(key, revision).is_active = is_active
    audit.record(actor, "chain.active", f"chain:{key}", is_active=is_active)


@command(Permission.CHAIN_EDIT)
def move_chain(actor: Actor, *, key: str, up: bool) -> None:
    """Exchange a chain with the one before it, or behind it. The first and the last stay where they are."""
    chains = list(list_chains(actor))
    place = next((place for place, chain in enumerate(chains) if chain.key == key), None)
    if place is None:
        raise _missing(key)
    other = place + (-1 if up else 1)
    if 0 <= other < len(chains):
        chains[place], chains[other] = chains[other], chains[place]
    for position, chain in enumerate(chains, start=1):
        chain.position = position
    audit.record(actor, "chain.move", f"chain:{key}", order=[chain.key for chain in chains])


def _find(key: str) -> ApprovalChain:
    chain = db.session.scalars(
        select(ApprovalChain)
        .options(selectinload(ApprovalChain.versions).joinedload(ChainVersion.made_by))
        .where(ApprovalChain.key == key)
    ).one_or_none()
    if chain is None:
        raise _missing(key)
    return chain


def _missing(key: str) -> NotFound:
    return NotFound("There is no approval chain “{key}”.", code="chain.not_found", key=key)


def _unchanged(key: str, revision: int) -> ApprovalChain:
    chain = _find(key)
    if chain.revision != revision:
        raise Conflict(
            "Somebody else changed this chain meanwhile. Reload the page, then change it again.", code="chain.stale"
        )
    return chain


def _fill(actor: Actor, chain: ApprovalChain, draft: ChainDraft) -> None:
    """Check the draft and add it as the newest version."""
    rules, binding = read_draft(draft, load_organization(actor))
    chain.name, chain.name_zh = _checked_name(draft.name), draft.name_zh.strip()[:_LONGEST_NAME]
    chain.versions.append(
        ChainVersion(
            number=len(chain.versions) + 1,
            effective_from=_checked_day(actor, draft.effective_from),
            note=draft.note.strip()[:_LONGEST_NOTE],
            made_by_id=actor.user_id,
            binding=binding.as_data(),
            steps=_kept(rules),
        )
    )


def read_draft(draft: ChainDraft, organization: Organization) -> tuple[tuple[StepRule, ...], Binding]:
    """The rules and the binding of a draft. Raises `Invalid` naming step and field."""
    rules = read_steps(draft.steps)
    for position, rule in enumerate(rules, start=1):
        _check_people(rule, position, organization)
        check_expressions(rule, position)
    binding = Binding.from_data(draft.binding)
    _check_binding(binding)
    return rules, binding


def _checked_name(name: str) -> str:
    if not name.strip():
        raise Invalid("Give the chain a name.", code="chain.name", field="name")
    return name.strip()[:_LONGEST_NAME]


def _checked_day(actor: Actor, day: date | None) -> date:
    today = _today(actor)
    if day is not None and day < today:
        raise Invalid(
            "{day} is over. A version counts from today on, or from a later day.",
            code="chain.effective_from",
            field="effective_from",
            day=day.isoformat(),
        )
    return day or today


def _check_people(rule: StepRule, position: int, organization: Organization) -> None:
    for name, people in rule.named.items():
        if any(not organization.is_active(person) for person in people):
            fault_in(
                rule.title,
                position,
                name,
                N_("Step {position} “{title}”: choose a person who is active in this company."),
            )
    colleagues = {member.mail: member.name for member in organization.members.values() if member.is_active}
    for outsider in rule.approvers.outsiders:
        if outsider.mail in colleagues:
            fault_in(
                rule.title,
                position,
                "approvers.outsiders",
                N_(
                    "Step {position} “{title}”: {mail} is the address of {person}, who works here and logs in. Choose "
                    "them among the people."
                ),
                mail=outsider.mail,
                person=colleagues[outsider.mail],
            )


def _check_binding(binding: Binding) -> None:
    """Departments and customers must be the company's own."""
    for name, ids, column in (
        ("department_ids", binding.department_ids, Department.id),
        ("customer_ids", binding.customer_ids, Customer.id),
    ):
        if ids and len(db.session.scalars(select(column).where(column.in_(ids))).all()) < len(ids):
            raise Invalid("Choose from the list.", code="chain.binding_ids", field=name)


def _kept(rules: Sequence[StepRule]) -> list[dict[str, Any]]:
    return [rule.as_data() for rule in rules]


def _described(rules: Sequence[StepRule]) -> list[str]:
    return [f"{position}. {rule.title}: {_asked(rule)} ({rule.due_hours} h)" for position, rule in enumerate(rules, 1)]


def _asked(rule: StepRule) -> str:
    approvers = rule.approvers
    named = (*approvers.people, *(outsider.address for outsider in approvers.outsiders))
    detail = approvers.role or named or approvers.field or approvers.expression or approvers.levels
    return f"{approvers.kind.value} {detail}, {rule.mode}"


def _today(actor: Actor) -> date:
    return db.session.get_one(Company, actor.company_id).today()
