"""Deciding by a link in a mail: whoever holds the link acts as the person it was sent to, once, with all its checks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission
from models.accounts import Company, Membership
from models.db import db, utc_now
from models.errors import AppError, Conflict, NotFound
from models.notices import MailLink
from models.processes import TaskStatus
from models.requests import InvoiceRequest
from tasks import audit, inbox, processes
from tasks.accounts import throttle
from tasks.boundary import command, public, public_query, separate, steps
from tasks.notices.links import is_signed, link_id_of

ORIGIN = "mail link"
DECISIONS = inbox.DECISIONS[inbox.APPROVAL_FORM]
# After one of these refusals the link will never be of use again.
_FINAL = frozenset({"task.closed", "task.not_asked", "task.not_found", "task.own_request", "permission.missing"})


@dataclass(frozen=True)
class LinkView:
    """What the page behind a link shows: who decides about what. Values, for a reader who is not logged in."""

    person: str
    number: str
    title: str
    title_zh: str
    applicant: str
    customer: str
    amount: Decimal
    reason: str
    due: str


@public_query
def find_link(token: str, *, secret_key: str) -> LinkView:
    """What `token` is about. Changes nothing. Raises `NotFound`, or `Conflict` for a link that can do no more."""
    link = find(token, secret_key)
    _refuse_dead(link)
    request = db.session.scalars(
        select(InvoiceRequest)
        .where(InvoiceRequest.id == link.task.subject_id)
        .options(joinedload(InvoiceRequest.customer), joinedload(InvoiceRequest.applicant))
    ).one()
    return LinkView(
        person=_name(link),
        number=request.number or "",
        title=link.task.title,
        title_zh=link.task.title_zh,
        applicant=request.applicant.name,
        customer=request.customer.name if request.customer else "",
        amount=request.gross,
        reason=request.reason,
        due=processes.company_time(link.task.due_at, link.company_id),
    )


@steps
def decide_by_link(token: str, *, decision: str, comment: str, secret_key: str, address: str = "") -> None:
    """Decide as the person to whom the link was sent; it is used up with the decision, or when it can do no more.

    Raises what `tasks.inbox.decide` raises, `NotFound` and `Conflict` for the link itself, and `TooManyAttempts`
    for an address from which many wrong links came.
    """
    _take_turn(address)
    link_id, actor = _open(token, secret_key)
    _forgive(address)
    try:
        with separate():
            _decide(actor, link_id, decision=decision, comment=comment)
    except AppError as error:
        if error.code in _FINAL:
            _use_up(link_id)
        raise


@command(Permission.COMPANY_EDIT)
def switch_links(actor: Actor, *, is_on: bool) -> None:
    """Whether mails of the actor's company carry such links; those sent before follow it too."""
    company = db.session.get_one(Company, actor.company_id, with_for_update={"key_share": True})
    if company.has_mail_links != is_on:
        company.has_mail_links = is_on
        audit.record(actor, "company.mail_links", f"company:{company.id}", is_on=is_on)


@command(Permission.TASK_DECIDE)
def _decide(actor: Actor, link_id: int, *, decision: str, comment: str) -> None:
    """One transaction: of two who press at once, the second finds the link used."""
    now = utc_now()
    unused = update(MailLink).where(MailLink.id == link_id, MailLink.used_at.is_(None)).values(used_at=now)
    if not db.session.execute(unused.returning(MailLink.id)).all():
        raise _used()
    link = db.session.get_one(MailLink, link_id)
    inbox.decide(actor, task_id=link.task_id, decision=decision, comment=comment)
    audit.record(actor, "task.mail_link", f"task:{link.task_id}", decision=decision, link=link_id)


@public
def _open(token: str, secret_key: str) -> tuple[int, Actor]:
    """The link's row, and the person as whom it acts: with the roles of this moment."""
    link = find(token, secret_key)
    _refuse_dead(link)
    member = db.session.scalars(
        select(Membership).where(
            Membership.user_id == link.user_id, Membership.company_id == link.company_id, Membership.is_active
        )
    ).one_or_none()
    if member is None or not member.user.is_active:
        raise NotFound(
            "{person} is no longer active in this company. Nothing was changed.",
            code="mail_link.inactive",
            person=_name(link),
        )
    return link.id, member.as_actor(ORIGIN)


@public
def _use_up(link_id: int) -> None:
    db.session.get_one(MailLink, link_id).used_at = utc_now()


@public
def _take_turn(address: str) -> None:
    throttle.take_turn(_throttle_key(address), throttle.ADDRESS_FREE)


@public
def _forgive(address: str) -> None:
    throttle.forgive(_throttle_key(address), all_failures=False)


def _throttle_key(address: str) -> str:
    return f"mail-link:{throttle.address_key(address)}"


def find(token: str, secret_key: str) -> MailLink:
    """The link that a token is signed for. Raises `NotFound`."""
    link_id = link_id_of(token)
    link = db.session.get(MailLink, link_id) if link_id is not None else None
    if link is None or not is_signed(link, token, secret_key):
        raise _unknown()
    return link


def _unknown() -> NotFound:
    return NotFound(
        "This link is not whole. Copy the whole address out of the mail, or log in.", code="mail_link.unknown"
    )


def _refuse_dead(link: MailLink) -> None:
    """Used, switched off, answered meanwhile or too old: says which, and what to do."""
    if link.user_id is None:  # `tasks.outsiders` lets those in
        raise _unknown()
    task = link.task
    if task.status is not TaskStatus.OPEN:
        raise processes.closed_meanwhile(task, code="mail_link.closed")
    if link.used_at is not None:
        raise _used()
    if link.expires_at <= utc_now():
        raise Conflict("This link has expired. Log in to decide.", code="mail_link.expired")
    if not db.session.get_one(Company, link.company_id).has_mail_links:
        raise Conflict("Your company has switched such links off. Log in to decide.", code="mail_link.off")


def _name(link: MailLink) -> str:
    return link.user.name if link.user else ""


def _used() -> Conflict:
    return Conflict("This link was used before, and works once. Log in to see how it stands.", code="mail_link.used")
