"""The mail about one notice: who asks, what about, until when, and the links that lead on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.accounts import Company, Membership
from models.db import db, utc_now
from models.language import N_
from models.notices import MailLink, NoticeEvent, OutboxMessage
from models.processes import HumanTask, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from tasks.language import translate
from tasks.notices.topics import INCIDENTS, RESULTS, TOPICS, sentence

LINK_LIFE = timedelta(hours=72)
# Who is from outside cannot log in instead.
OUTSIDE_LIFE = timedelta(days=14)
# Stands in the body of a mail for the signed part of its links, which is put in while it is sent.
LINK_MARK = "{approval-link}"
_APPROVAL_FORM = "approval"
_ASKS = N_("{company} asks for your decision: {number}")
_REMINDS = N_("Reminder: {company} waits for your decision on {number}")
_DEAR = N_("{person}, {company} asks whether you agree to this invoice request.")
_LOOK = N_("Look at it and decide here; you need no account, and opening the page decides nothing:")
_ABOVE = N_("Open the link above to look at it and to decide; you need no account.")
_SECRET = N_("The link is for you only and takes one answer, until {time}: do not forward this mail.")
_LINK_WORDS = (("approve", N_("Approve")), ("return", N_("Return")), ("reject", N_("Reject")))
_FIELD_WORDS = (
    ("number", N_("Number: {value}")),
    ("customer", N_("Customer: {value}")),
    ("amount", N_("Amount: {value}")),
    ("person", N_("From: {value}")),
    ("comment", N_("Comment: {value}")),
)


def write_mail(event: NoticeEvent, member: Membership, base_url: str) -> OutboxMessage:
    """The mail about `event` to `member`, in their language."""
    language = member.user.language
    title = sentence(event.topic, event.fields, language)
    message = OutboxMessage(
        company_id=event.company_id,
        key=f"{event.key}:{member.user_id}",
        channel="mail",
        recipient=member.user.email,
        title=title,
    )
    task, request = _task(event.subject)
    paragraphs = ["\n".join([title, "", *_facts(event, task, request, language, member.company)])]
    if task is not None and _may_decide_by_mail(event, task, request, member):
        message.mail_link = _new_link(task, member)
        paragraphs.append("\n".join(_link_lines(base_url, language)))
    paragraphs.append(see_in_product(event.subject, base_url, language))
    message.body = "\n\n".join(paragraphs) + "\n"
    return message


def write_outside_mail(event: NoticeEvent, signer: TaskSigner, base_url: str) -> OutboxMessage:
    """The mail to somebody from outside whose turn it is, with a new link: in the language of who made the request, and
    briefly in the other, for nobody knows which they read.
    """
    task, request = _task(event.subject)
    company = db.session.get_one(Company, signer.company_id)
    language = request.applicant.language if request else "en"
    other = "zh" if language == "en" else "en"
    is_reminder = TOPICS[event.topic].is_urgent
    subject = _REMINDS if is_reminder else _ASKS
    title = translate(subject, language, company=company.name, number=event.fields.get("number") or "–")
    expires_at = utc_now() + OUTSIDE_LIFE
    until = f"{expires_at.astimezone(ZoneInfo(company.time_zone)):%Y-%m-%d %H:%M}"
    paragraphs = [
        translate(_DEAR, language, person=signer.name, company=company.name),
        "\n".join(_facts(event, task, request, language, company)),
        f"{translate(_LOOK, language)}\n{base_url}/decide/{LINK_MARK}",
        translate(_SECRET, language, time=until),
        "--",
        translate(_DEAR, other, person=signer.name, company=company.name),
        translate(_ABOVE, other),
    ]
    return OutboxMessage(
        company_id=event.company_id,
        key=f"{event.key}:outside-{signer.id}",
        channel="mail",
        recipient=signer.mail or "",
        title=title,
        body="\n\n".join(paragraphs) + "\n",
        mail_link=MailLink(company_id=signer.company_id, signer=signer, task=signer.task, expires_at=expires_at),
    )


def see_in_product(subject: str, base_url: str, language: str) -> str:
    """The line that leads from a mail to its subject."""
    return translate(N_("Open it in Piaoflow: {url}"), language, url=f"{base_url}/notices/to/{subject}")


def _task(subject: str) -> tuple[HumanTask | None, InvoiceRequest | None]:
    kind, _colon, number = subject.partition(":")
    task = db.session.get(HumanTask, int(number)) if kind == "task" and number.isdecimal() else None
    if task is None or task.subject_kind != "request":
        return task, None
    wanted = select(InvoiceRequest).where(InvoiceRequest.id == task.subject_id)
    return task, db.session.scalars(wanted.options(joinedload(InvoiceRequest.applicant))).one_or_none()


def _facts(
    event: NoticeEvent, task: HumanTask | None, request: InvoiceRequest | None, language: str, company: Company
) -> Iterator[str]:
    for name, words in _FIELD_WORDS:
        if event.fields.get(name):
            yield translate(words, language, value=event.fields[name])
    if request is not None:
        yield translate(N_("Requested by: {value}"), language, value=request.applicant.name)
    if task is not None and task.due_at is not None:
        due = task.due_at.astimezone(ZoneInfo(company.time_zone))
        yield translate(N_("Due: {value}"), language, value=f"{due:%Y-%m-%d %H:%M}")


def _may_decide_by_mail(
    event: NoticeEvent, task: HumanTask, request: InvoiceRequest | None, member: Membership
) -> bool:
    """Only where the person is asked to approve; what they may do is looked at again when the link is used."""
    return (
        member.company.has_mail_links
        and TOPICS[event.topic].group not in (RESULTS, INCIDENTS)
        and event.topic not in ("task.copied", "task.mentioned")
        and task.form_key == _APPROVAL_FORM
        and task.status is TaskStatus.OPEN
        and request is not None
        and request.applicant_id != member.user_id
    )


def _new_link(task: HumanTask, member: Membership) -> MailLink:
    return MailLink(company_id=member.company_id, user_id=member.user_id, task=task, expires_at=utc_now() + LINK_LIFE)


def _link_lines(base_url: str, language: str) -> Iterator[str]:
    yield translate(N_("Decide without logging in; each link asks once more before anything happens:"), language)
    for decision, words in _LINK_WORDS:
        yield f"{translate(words, language)}: {base_url}/decide/{LINK_MARK}?decision={decision}"
    yield translate(N_("The links work once, for 72 hours, and for you only: do not forward this mail."), language)
