"""The page of somebody from outside whom a step of an approval asks: what they see behind their link, and deciding.

They see what the request asks for, and nothing of what colleagues say about it. The link is for one turn: it lives as
long as the turn, and says afterwards how it was closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db, utc_now
from models.errors import AppError, Conflict, NotFound
from models.language import N_
from models.notices import MailLink
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest, RequestLine
from tasks import audit, inbox, mail_links, processes
from tasks.boundary import command, public, public_query, separate, steps

_YES = N_("You approved this request at {time}. Nothing more is needed from you.")
_NO = N_("You rejected this request at {time}. Nothing more is needed from you.")
_BACK = N_("You returned this request at {time}. Nothing more is needed from you.")


@dataclass(frozen=True)
class LineView:
    """A line of the request, with the money that was computed for it."""

    name: str
    spec: str
    tax_code: str
    unit: str
    quantity: Decimal | None
    unit_price: Decimal | None
    discount: Decimal
    net: Decimal
    rate: str
    tax: Decimal


@dataclass(frozen=True, kw_only=True)
class RequestView:
    """What a request asks for, as somebody from outside may see it."""

    number: str
    buyer: str
    buyer_tax_id: str
    customer: str
    applicant: str
    invoice_type: str
    contract_number: str
    reason: str
    remark: str
    tax_inclusive: bool
    lines: tuple[LineView, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, kw_only=True)
class TurnView:
    """The turn behind a link. Either it can be answered with `decisions` and shows the `request`, or `closing` says why
    it cannot. Values, for a reader who is not logged in.
    """

    person: str
    company: str
    number: str
    title: str
    title_zh: str
    due: str
    decisions: tuple[str, ...]
    request: RequestView | None
    closing: AppError | None


@public_query
def find_turn(token: str, *, secret_key: str) -> TurnView | None:
    """The turn of a link. Changes nothing. None for a link that is not one of somebody from outside."""
    try:
        link = mail_links.find(token, secret_key)
    except NotFound:
        return None
    if link.signer is None:
        return None
    task, request, closing = link.task, _request(link), _closing(link, link.signer)
    known = inbox.DECISIONS[inbox.APPROVAL_FORM]
    return TurnView(
        person=link.signer.name,
        company=db.session.get_one(Company, link.company_id).name,
        number=request.number or "",
        title=task.title,
        title_zh=task.title_zh,
        due=processes.company_time(task.due_at, task.company_id),
        decisions=tuple(name for name in known if name in task.verbs),
        request=None if closing else _shown(request),
        closing=closing,
    )


@steps
def decide_turn(token: str, *, decision: str, comment: str, secret_key: str) -> None:
    """Answer the turn of a link. Raises what `tasks.inbox.decide_from_outside` raises, `NotFound` for no such link, and
    the `Conflict` that says how the turn was closed, or that the link is too old.
    """
    link_id, actor = _open(token, secret_key)
    with separate():
        _answer(actor, link_id, decision=decision, comment=comment)


@public
def _open(token: str, secret_key: str) -> tuple[int, Actor]:
    """The link's row, and an actor who may answer its turn and do nothing else."""
    link = mail_links.find(token, secret_key)
    if link.signer is None:
        raise NotFound("There is no such task, or it is not yours.", code="task.not_found")
    closing = _closing(link, link.signer)
    if closing is not None:
        raise closing
    return link.id, Actor(link.company_id, origin=mail_links.ORIGIN, turn=link.signer.id, outsider=link.signer.address)


@command(Permission.TASK_ANSWER)
def _answer(actor: Actor, link_id: int, *, decision: str, comment: str) -> None:
    """One transaction: of two who press at once, the second finds the turn answered."""
    task = inbox.decide_from_outside(actor, decision=decision, comment=comment)
    db.session.get_one(MailLink, link_id).used_at = utc_now()
    audit.record(actor, "task.mail_link", f"task:{task.id}", decision=decision, link=link_id)


def _closing(link: MailLink, signer: TaskSigner) -> AppError | None:
    """Why a turn cannot be answered by this link now; None while it can."""
    said, at = partial(processes.company_time, company_id=link.company_id), signer.closed_at
    match signer.status:
        case SignerStatus.APPROVED:
            return Conflict(_YES, code="outsider.answered", time=said(at))
        case SignerStatus.REJECTED:
            return Conflict(_NO, code="outsider.answered", time=said(at))
        case SignerStatus.RETURNED:
            return Conflict(_BACK, code="outsider.answered", time=said(at))
    if link.task.status is not TaskStatus.OPEN:
        return processes.closed_meanwhile(link.task, code="outsider.closed")
    if not signer.is_pending:
        return Conflict("You are not asked any more. Nothing is needed from you.", code="outsider.removed")
    if signer.status is not SignerStatus.OPEN:
        return Conflict("It is not your turn yet. You get a new mail when it is.", code="outsider.waiting")
    if link.expires_at <= utc_now():
        return _expired(link)
    return None


def _expired(link: MailLink) -> Conflict:
    return Conflict(
        "This link was good until {time}. Ask {person} to urge the request: that sends you a new one.",
        code="outsider.expired",
        time=processes.company_time(link.expires_at, link.company_id),
        person=_request(link).applicant.name,
    )


def _request(link: MailLink) -> InvoiceRequest:
    task: HumanTask = link.task
    return db.session.scalars(
        select(InvoiceRequest)
        .where(InvoiceRequest.id == task.subject_id)
        .options(
            joinedload(InvoiceRequest.customer),
            joinedload(InvoiceRequest.header),
            joinedload(InvoiceRequest.applicant),
            selectinload(InvoiceRequest.lines),
        )
    ).one()


def _shown(request: InvoiceRequest) -> RequestView:
    header, customer = request.header, request.customer.name if request.customer else ""
    return RequestView(
        number=request.number or "",
        buyer=header.title if header else customer,
        buyer_tax_id=header.tax_id if header else "",
        customer=customer,
        applicant=request.applicant.name,
        invoice_type=request.invoice_type,
        contract_number=request.contract_number,
        reason=request.reason,
        remark=request.remark,
        tax_inclusive=request.tax_inclusive,
        lines=tuple(map(_line, request.lines)),
        net=request.net,
        tax=request.tax,
        gross=request.gross,
    )


def _line(line: RequestLine) -> LineView:
    return LineView(**{name: getattr(line, name) for name in LineView.__dataclass_fields__})
