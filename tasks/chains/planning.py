"""Who approves a request: choose the chain, gather what is known, and let the planner of `models.chains` answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.accounts import Company
from models.chains import (
    FACTS,
    TEXT_FACTS,
    ApprovalChain,
    ChainVersion,
    OpenChoice,
    Person,
    PlannedStep,
    Situation,
    StepRule,
    may_be_chosen,
    open_choices,
    plan,
)
from models.chains.course import Course, begin, move
from models.customers import Customer
from models.db import db, utc_now
from models.errors import NotFound
from models.organization import Organization
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest, customer_grade
from models.setup import Remembered
from tasks.boundary import query
from tasks.chains.conditions import evaluate
from tasks.chains.editing import ChainDraft, read_draft
from tasks.departments import load_organization

_KIND = "request"
_APPROVAL_FORM = "approval"
_RULES: Remembered[dict[int, tuple[StepRule, ...]]] = Remembered()  # by the id of the version


@dataclass(frozen=True)
class ChainPreview:
    """The chain that a request would go through, its version, and who would be asked. `names` are by user id.

    `choices` are the steps for which the requester chooses, `eligible` the names of whom they may choose.
    """

    chain: ApprovalChain
    version: ChainVersion
    steps: tuple[PlannedStep, ...]
    names: Mapping[int, str]
    choices: tuple[OpenChoice, ...]
    eligible: Mapping[int, str]


@query(Permission.CHAIN_READ)
def preview(
    actor: Actor,
    *,
    amount: Decimal,
    invoice_type: str,
    customer_id: int | None,
    key: str | None = None,
    requester_id: int | None = None,
    fields: Mapping[str, Any] | None = None,
    choices: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> ChainPreview:
    """Who would approve a request of `requester_id`, else of the actor. `key` names the chain if no binding claims it.

    `fields` has what else the request says, `choices` whom the requester chose, by the key of the step. Raises
    `NotFound`, and `Invalid` where a step has nobody.
    """
    customer = db.session.get(Customer, customer_id) if customer_id else None
    requester = requester_id or actor.user_id or 0
    organization = load_organization(actor)
    facts = _facts(amount, invoice_type, customer, requester, organization) | dict(fields or {})
    chain, version = _choose(actor, facts, key)
    rules, situation = version.rules, _situation(requester, facts, organization, choices, still_choosing=True)
    return ChainPreview(
        chain,
        version,
        plan(rules, situation),
        {member.user_id: member.name for member in organization.members.values()},
        open_choices(rules, situation),
        may_be_chosen(organization, requester),
    )


@query(Permission.CHAIN_EDIT)
def preview_draft(
    actor: Actor, draft: ChainDraft, *, amount: Decimal, requester_id: int, invoice_type: str = "digital_ordinary"
) -> Sequence[PlannedStep]:
    """Who would approve a request of `requester_id` if the chain were as in the draft. Saves nothing.

    Raises `Invalid` as `save_chain` does, and where a step has nobody.
    """
    organization = load_organization(actor)
    rules, _binding = read_draft(draft, organization)
    if requester_id not in organization.members:
        raise NotFound("There is no such person in this company.", code="chain.requester")
    facts = _facts(amount, invoice_type, None, requester_id, organization)
    return plan(rules, _situation(requester_id, facts, organization, {}, still_choosing=True))


@query(Permission.PROCESS_RUN)
def resolve(actor: Actor, *, request_id: int, chain_key: str) -> Course:
    """Begin the course of a request through its chain. Called by diagrams."""
    request = _request(request_id)
    organization = load_organization(actor)
    facts = _facts_of(request, organization)
    chain, version = _choose(actor, facts, chain_key)
    steps = plan(version.rules, _situation(request.applicant_id, facts, organization, request.choices))
    return begin(chain.key, version.id, steps)


@query(Permission.PROCESS_PUBLISH)
def planner_of_today(actor: Actor) -> Callable[[InvoiceRequest, Mapping[str, Any], str], Course]:
    """Begins the course of a request as `resolve` does, by the chains and people of today, which are read once.

    The course is for what the request says, but for the facts given; the chain is named by its key.
    """
    organization, (chains, today) = load_organization(actor), _chains(actor)

    def begin_course(request: InvoiceRequest, facts: Mapping[str, Any], chain_key: str) -> Course:
        known = _facts_of(request, organization) | dict(facts)
        chain, version = _first_for(known, chain_key, chains, today)
        steps = plan(version.rules, _situation(request.applicant_id, known, organization, request.choices))
        return begin(chain.key, version.id, steps)

    return begin_course


@query(Permission.PROCESS_RUN)
def advance(
    actor: Actor, *, request_id: int, chain: Course, decision: str, return_to: int | None, resume: str | None
) -> Course:
    """The course after a decision on its step, by the version with which it began. Called by diagrams."""
    return _move(actor, request_id, chain, [chain["position"]], decision=decision, return_to=return_to, resume=resume)


@query(Permission.PROCESS_RUN)
def advance_stage(
    actor: Actor, *, request_id: int, chain: Course, decision: str, return_to: int | None, resume: str | None
) -> Course:
    """The course after a decision on all steps that are asked together: all of them approved, or one decided otherwise.

    Called by diagrams.
    """
    return _move(actor, request_id, chain, chain["together"], decision=decision, return_to=return_to, resume=resume)


def _move(
    actor: Actor, request_id: int, chain: Course, places: Sequence[int], *, decision: str, **where: Any
) -> Course:
    rules = _rules_of(actor.company_id or 0, chain["version_id"])

    def planner(start: int, approved: Mapping[str, frozenset[Person]]) -> Sequence[PlannedStep]:
        request, organization = _request(request_id), load_organization(actor)
        facts = _facts_of(request, organization)
        situation = _situation(request.applicant_id, facts, organization, request.choices)
        return plan(rules, situation, start=start, approved=approved)

    approved: Mapping[int, Sequence[Person]] = dict.fromkeys(places, ())
    if decision == "approve" and any(rule.repeat != "every" for rule in rules):
        keys = [chain["steps"][place]["key"] for place in places]
        found = _approvers(request_id, len(keys))
        approved = {place: found.get(key, ()) for place, key in zip(places, keys, strict=True)}
    return move(chain, rules, planner, decision=decision, approved=approved, **where)


def _rules_of(company_id: int, version_id: int) -> tuple[StepRule, ...]:
    known = _RULES.get(company_id, dict)
    if version_id not in known:
        known[version_id] = db.session.get_one(ChainVersion, version_id).rules
    return known[version_id]


def facts_read(company_id: int, version_id: int) -> frozenset[str]:
    """What of `FACTS` a version of a chain reads, in its conditions and to find its people."""
    read = set[str]()
    for rule in _rules_of(company_id, version_id):
        texts = f"{rule.condition} {rule.approvers.expression} {rule.approvers.field}"
        read |= set(FACTS) & set(re.findall(r"\w+", texts))
    return frozenset(read)


def _choose(actor: Actor, facts: Mapping[str, Any], key: str | None) -> tuple[ApprovalChain, ChainVersion]:
    return _first_for(facts, key, *_chains(actor))


def _chains(actor: Actor) -> tuple[Sequence[ApprovalChain], date]:
    """Every chain in the order in which they are asked, and the day for which."""
    chains = select(ApprovalChain).options(selectinload(ApprovalChain.versions)).order_by(ApprovalChain.position)
    return db.session.scalars(chains).all(), db.session.get_one(Company, actor.company_id).today()


def _first_for(
    facts: Mapping[str, Any], key: str | None, chains: Sequence[ApprovalChain], today: date
) -> tuple[ApprovalChain, ChainVersion]:
    """The first active chain that claims the request, else the one that `key` names."""
    for chain in chains:
        if chain.is_active and chain.in_force(today).claims.claims(facts):
            return chain, chain.in_force(today)
    for chain in chains:
        if chain.key == key:
            return chain, chain.in_force(today)
    raise NotFound("There is no approval chain “{key}”.", code="chain.not_found", key=key or "–")


def _situation(
    requester_id: int,
    facts: Mapping[str, Any],
    organization: Organization,
    choices: Mapping[str, Sequence[int]],
    *,
    still_choosing: bool = False,
) -> Situation:
    return Situation(
        requester_id=requester_id,
        facts=facts,
        organization=organization,
        now=utc_now(),
        evaluate=evaluate,
        choices=choices,
        still_choosing=still_choosing,
    )


def _facts_of(request: InvoiceRequest, organization: Organization) -> dict[str, Any]:
    found = _facts(request.gross, request.invoice_type, request.customer, request.applicant_id, organization)
    return found | {name: getattr(request, name) for name in TEXT_FACTS}


def _facts(
    amount: Decimal, invoice_type: str, customer: Customer | None, requester_id: int, organization: Organization
) -> dict[str, Any]:
    """Every name of `models.chains.FACTS`; what a request says in words is empty."""
    member = organization.members.get(requester_id)
    return {
        "kind": _KIND,
        "amount": amount,
        "invoice_type": invoice_type,
        "customer_grade": customer_grade(customer),
        "customer_id": customer.id if customer else None,
        "customer_owner_id": customer.owner_id if customer else None,
        "requester_id": requester_id,
        "department_id": member.department_id if member else None,
    } | dict.fromkeys(TEXT_FACTS, "")


def _request(request_id: int) -> InvoiceRequest:
    """In memory already where somebody decides."""
    return db.session.get_one(InvoiceRequest, request_id, options=[joinedload(InvoiceRequest.customer)])


def _approvers(request_id: int, count: int) -> dict[str, list[Person]]:
    """Who approved the last `count` steps that were approved, by the keys of the steps."""
    newest = (
        select(HumanTask.id)
        .where(
            HumanTask.subject_kind == _KIND,
            HumanTask.subject_id == request_id,
            HumanTask.form_key == _APPROVAL_FORM,
            HumanTask.status == TaskStatus.DONE,
        )
        .order_by(HumanTask.id.desc())
        .limit(count)
    )
    wanted = (
        select(HumanTask.step, TaskSigner.user_id, TaskSigner.mail)
        .join(TaskSigner.task)
        .where(TaskSigner.task_id.in_(newest), TaskSigner.status == SignerStatus.APPROVED)
    )
    found: dict[str, list[Person]] = {}
    for step, user_id, mail in db.session.execute(wanted.order_by(TaskSigner.id)):
        found.setdefault(str((step or {}).get("key")), []).append(mail or user_id)
    return found
