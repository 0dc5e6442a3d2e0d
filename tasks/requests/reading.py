"""Read invoice requests: one, a list, and who will approve. What you may not see is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission, sees_all_requests
from models.accounts import Company, User
from models.chains import TEXT_FACTS, OpenChoice, PlannedStep
from models.customers import Customer, Header
from models.db import db
from models.errors import NotFound
from models.inbox import CarbonCopy, turns_for, turns_of
from models.processes import HumanTask, ProcessInstance, TaskAction, TaskSigner
from models.requests import Approval, InvoiceRequest, IssueState, RequestLine, customer_grade
from tasks import chains, processes
from tasks.boundary import query

KIND = "request"
STAGES = (
    "draft",
    "in_approval",
    "returned",
    "to_issue",
    "issued",
    "rejected",
    "withdrawn",
    "cancelled",
)


@dataclass(frozen=True, kw_only=True)
class RequestFilter:
    """Which requests a list shows. `stage` is that of `InvoiceRequest`; `text` looks in several columns."""

    text: str = ""
    stage: str = ""
    customer_id: int | None = None
    mine: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class RequestPage:
    """A page, newest first. `next_before` is the id to continue below; None on the last page.

    `first_items` has the name of each request's first line, by request id, where there is one.
    """

    requests: Sequence[InvoiceRequest]
    next_before: int | None
    first_items: Mapping[int, str]


@dataclass(frozen=True)
class Approvers:
    """Who will approve: the chain that a binding or the decision table picked, and its steps planned into people.

    `choices` are the steps for which the applicant chooses, among the people of `eligible` (names by user id).
    """

    chain_key: str
    chain_name: str
    chain_name_zh: str
    steps: tuple[PlannedStep, ...]
    # The names behind the candidates of the steps, by user id.
    names: Mapping[int, str]
    choices: tuple[OpenChoice, ...]
    eligible: Mapping[int, str]


@query(Permission.REQUEST_READ)
def get_request(actor: Actor, request_id: int) -> InvoiceRequest:
    """Raises `NotFound`, also for a request of another company and one that the actor may not see."""
    request = db.session.scalars(
        select(InvoiceRequest).where(InvoiceRequest.id == request_id, visible_to(actor))
    ).one_or_none()
    if request is None:
        raise NotFound("There is no such request, or you may not see it.", code="request.not_found")
    return request


@query(Permission.REQUEST_READ)
def list_requests(actor: Actor, wanted: RequestFilter, *, before: int | None = None, limit: int = 50) -> RequestPage:
    """Requests that the actor may see, newest first."""
    rows = db.session.scalars(
        select(InvoiceRequest)
        .options(joinedload(InvoiceRequest.customer), joinedload(InvoiceRequest.applicant))
        .where(visible_to(actor), *_conditions(actor, wanted))
        .where(InvoiceRequest.id < before if before is not None else true())
        .order_by(InvoiceRequest.id.desc())
        .limit(limit + 1)
    ).all()
    shown = rows[:limit]
    return RequestPage(shown, shown[-1].id if len(rows) > limit else None, _first_items(shown))


def _first_items(shown: Sequence[InvoiceRequest]) -> dict[int, str]:
    ids = [request.id for request in shown]
    first = select(RequestLine).where(RequestLine.request_id.in_(ids), RequestLine.position == 1)
    return {line.request_id: line.name for line in db.session.scalars(first)}


@query(Permission.REQUEST_READ)
def count_stages(actor: Actor, wanted: RequestFilter | None = None) -> dict[str, int]:
    """How many requests each stage's list would show with the rest of the filter as it is, in one query."""
    conditions = _conditions(actor, replace(wanted or RequestFilter(), stage=""))
    counts = [func.count(InvoiceRequest.id).filter(_in_stage(stage)) for stage in STAGES]
    row = db.session.execute(select(*counts).where(visible_to(actor), *conditions)).one()
    return dict(zip(STAGES, row, strict=True))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Row rule as SQL: one's own requests, and those on which one, or one's stand-in, had a task or got a copy.

    Some roles see all.
    """
    if sees_all_requests(actor):
        return true()
    on_my_desk = (
        select(HumanTask.subject_id)
        .join(TaskSigner, TaskSigner.task_id == HumanTask.id)
        .where(
            HumanTask.subject_kind == KIND,
            or_(turns_of(actor.user_id), turns_for(actor.user_id)),
        )
    )
    of_my_role = select(HumanTask.subject_id).where(
        HumanTask.subject_kind == KIND, HumanTask.role.in_([role.value for role in actor.roles])
    )
    copied = select(CarbonCopy.subject_id).where(CarbonCopy.subject_kind == KIND, CarbonCopy.user_id == actor.user_id)
    return or_(
        InvoiceRequest.applicant_id == actor.user_id,
        InvoiceRequest.id.in_(on_my_desk),
        InvoiceRequest.id.in_(of_my_role),
        InvoiceRequest.id.in_(copied),
    )


def facts(request: InvoiceRequest) -> dict[str, Any]:
    """What the decision table and the diagram know of a request. The amount includes tax."""
    return {
        "request_id": request.id,
        "requester_id": request.applicant_id,
        "amount": request.gross,
        "invoice_type": request.invoice_type,
        "customer_grade": customer_grade(request.customer),
    }


@query(Permission.REQUEST_SUBMIT)
def preview_approvers(
    actor: Actor,
    *,
    amount: Decimal,
    invoice_type: str,
    customer_id: int | None,
    fields: Mapping[str, Any] | None = None,
    choices: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> Approvers:
    """Who would approve such a request of the actor, by the very code that the running flow asks.

    `fields` has what else the request says (reason, contract_number, remark, delivery_email), `choices` whom the actor
    chose, by the key of the step.
    """
    customer = db.session.get(Customer, customer_id) if customer_id else None
    key = processes.decide(
        actor,
        process=processes.REQUEST_PROCESS,
        decision="approval_chain",
        data={
            "amount": amount,
            "invoice_type": invoice_type,
            "customer_grade": customer_grade(customer),
        },
    )
    found = chains.preview(
        actor,
        amount=amount,
        invoice_type=invoice_type,
        customer_id=customer_id,
        key=str(key),
        fields=fields,
        choices=choices,
    )
    chain = found.chain
    return Approvers(chain.key, chain.name, chain.name_zh, found.steps, found.names, found.choices, found.eligible)


def preview_approvers_of(actor: Actor, request: InvoiceRequest) -> Approvers:
    """Who would approve a request of the actor as it stands now."""
    return preview_approvers(
        actor,
        amount=request.gross,
        invoice_type=request.invoice_type,
        customer_id=request.customer_id,
        fields={name: getattr(request, name) for name in TEXT_FACTS},
        choices=request.choices,
    )


def names_of(people: Iterable[int]) -> dict[int, str]:
    """Names by user id."""
    wanted = set(people)
    if not wanted:
        return {}
    users = db.session.scalars(select(User).where(User.id.in_(wanted)))
    return {user.id: user.name for user in users}


@query(Permission.REQUEST_READ)
def list_timeline(actor: Actor, request_id: int) -> Sequence[TaskAction]:
    """What people did about the request, oldest first. Raises `NotFound`."""
    request = get_request(actor, request_id)
    return db.session.scalars(
        select(TaskAction)
        .options(joinedload(TaskAction.user), joinedload(TaskAction.about))
        .where(TaskAction.subject_kind == KIND, TaskAction.subject_id == request.id)
        .order_by(TaskAction.id)
    ).all()


@query(Permission.REQUEST_READ)
def find_instance(actor: Actor, request_id: int) -> ProcessInstance | None:
    """The newest run of the flow about the request, with its steps; None while it is a draft. Raises `NotFound`."""
    request = get_request(actor, request_id)
    return db.session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.subject_kind == KIND, ProcessInstance.subject_id == request.id)
        .order_by(ProcessInstance.id.desc())
        .limit(1)
    ).first()


def _conditions(actor: Actor, wanted: RequestFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.mine:
        conditions.append(InvoiceRequest.applicant_id == actor.user_id)
    if wanted.customer_id is not None:
        conditions.append(InvoiceRequest.customer_id == wanted.customer_id)
    if wanted.stage:
        conditions.append(_in_stage(wanted.stage))
    if wanted.since:
        conditions.append(InvoiceRequest.created_at >= _company(actor).midnight(wanted.since))
    if wanted.until:
        conditions.append(InvoiceRequest.created_at < _company(actor).midnight(wanted.until + timedelta(days=1)))
    if wanted.text:
        conditions.append(InvoiceRequest.id.in_(matching(wanted.text)))
    return conditions


def _in_stage(stage: str) -> ColumnElement[bool]:
    if stage == "to_issue":
        return and_(InvoiceRequest.approval == Approval.APPROVED, InvoiceRequest.issue == IssueState.NONE)
    if stage == "issued":
        return and_(InvoiceRequest.approval == Approval.APPROVED, InvoiceRequest.issue == IssueState.FULL)
    return InvoiceRequest.approval == Approval(stage) if stage in set(Approval) else false()


def matching(text: str) -> Select[int]:
    """Ids of requests that mention `text`: number, contract, customer, header, pinyin, tax number, or exact amount."""
    text = text.strip()
    found: list[ColumnElement[bool]] = [
        InvoiceRequest.number.icontains(text, autoescape=True),
        InvoiceRequest.contract_number.icontains(text, autoescape=True),
        InvoiceRequest.customer_id.in_(
            select(Customer.id).where(
                or_(
                    Customer.name.icontains(text, autoescape=True),
                    Customer.initials.startswith(text.lower(), autoescape=True),
                )
            )
        ),
        InvoiceRequest.header_id.in_(
            select(Header.id).where(
                or_(Header.title.icontains(text, autoescape=True), Header.tax_id == text.upper().replace(" ", ""))
            )
        ),
    ]
    if (amount := _amount(text)) is not None:
        found.append(InvoiceRequest.gross == amount)
    return select(InvoiceRequest.id).where(or_(*found))


def _amount(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").lstrip("¥￥ "))
    except InvalidOperation:
        return None
    cents = value * 100
    return (
        value if value.is_finite() and abs(value) < Decimal(10) ** 13 and cents == cents.to_integral_value() else None
    )


def _company(actor: Actor) -> Company:
    return db.session.get_one(Company, actor.company_id)
