"""A request as an approval sheet: the words and times that `tasks.printing` sets on paper."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db, utc_now
from models.invoice_types import get_invoice_type, get_tax_rate
from models.language import N_
from models.processes import TaskAction
from models.requests import InvoiceRequest, RequestLine
from models.words import amount_in_words
from tasks.boundary import query
from tasks.language import translate
from tasks.printing import ApprovalSheet, PrintLine, SheetStep
from tasks.printing.documents import Language
from tasks.requests.document import read_document
from tasks.requests.wording import ENTRIES

_STATUS = {
    "draft": N_("Draft"),
    "in_approval": N_("In approval"),
    "returned": N_("Returned"),
    "to_issue": N_("To be issued"),
    "issued": N_("Issued"),
    "rejected": N_("Rejected"),
    "withdrawn": N_("Withdrawn"),
    "cancelled": N_("Cancelled"),
}
_ACTIONS = {
    "submit": N_("Submitted"),
    "resubmit": N_("Submitted again"),
    "approve": N_("Approved"),
    "edit": N_("Changed while approving"),
    "return": N_("Returned"),
    "reject": N_("Rejected"),
    "issue": N_("Issued"),
    "withdraw": N_("Withdrawn"),
    "cancel": N_("Cancelled"),
    "done": N_("Done"),
    "transfer": N_("Handed on"),
    "delegate": N_("Asked for an opinion"),
    "advise": N_("Advised to approve"),
    "advise_against": N_("Advised against"),
    "add_before": N_("Added a signer before"),
    "add_after": N_("Approved, added a signer"),
    "add_parallel": N_("Added a signer"),
    "remove": N_("Took out a signer"),
    "take_back": N_("Approval taken back"),
    "copy": N_("Copy sent"),
    "comment": N_("Comment"),
    "urge": N_("Urged"),
    "escalate": N_("Reported as late"),
    "auto_approve": N_("Approved by the clock"),
    "auto_return": N_("Returned by the clock"),
    "auto_reject": N_("Rejected by the clock"),
    "stop": N_("Flow stopped"),
    "retry": N_("Step retried"),
    "skip": N_("Step skipped"),
}
_NO_TAX = frozenset({"1", "2"})  # exempt and untaxed lines: the sheet prints *** instead of a tax


@query(Permission.REQUEST_READ)
def build_sheet(actor: Actor, *, request_id: int, language: str, url: str = "") -> ApprovalSheet:
    """The sheet of a request in `language` ("zh" or "en"). `url` is where a reader can check it. Raises `NotFound`."""
    document = read_document(actor, request_id)
    request = document.request
    company = db.session.get_one(Company, request.company_id)
    kind = get_invoice_type(request.invoice_type)
    return ApprovalSheet(
        request_number=request.number or translate(_STATUS["draft"], language),
        title=_title(request),
        company=company.name,
        applicant=request.applicant.name,
        submitted_at=_local(request.submitted_at, company),
        status=translate(_STATUS.get(request.stage, request.stage), language),
        customer=request.header.title if request.header else request.customer.name if request.customer else "",
        buyer_tax_id=request.header.tax_id if request.header else "",
        invoice_type=kind.name_zh if language == "zh" else kind.name_en,
        lines=tuple(_line(line, language) for line in request.lines),
        net=request.net,
        tax=request.tax,
        gross=request.gross,
        gross_in_words=amount_in_words(request.gross),
        reason=" · ".join(part for part in (request.contract_number, request.reason) if part),
        remark=request.remark,
        steps=tuple(_step(action, company, language) for action in document.timeline),
        attachments=tuple(attachment.name for attachment in request.attachments),
        printed_at=_local(utc_now(), company),
        verify_url=url,
        language=cast(Language, language),
    )


def _title(request: InvoiceRequest) -> str:
    return request.lines[0].name if request.lines else ""


def _line(line: RequestLine, language: str) -> PrintLine:
    rate = get_tax_rate(line.rate)
    return PrintLine(
        name=line.name,
        spec=line.spec,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        rate_label=rate.name_zh if language == "zh" else rate.name_en,
        tax=None if rate.zero_rate_flag in _NO_TAX else line.tax,
    )


def _step(action: TaskAction, company: Company, language: str) -> SheetStep:
    return SheetStep(
        title=(action.title_zh if language == "zh" and action.title_zh else action.title),
        person=_person(action, language),
        decision=translate(_ACTIONS.get(action.action, action.action), language),
        comment="; ".join(filter(None, [action.comment, *_changes(action, language), _files(action, language)])),
        at=_local(action.at, company),
    )


def _person(action: TaskAction, language: str) -> str:
    if action.user is None and action.outsider:
        return translate(N_("External: {person}, by link"), language, person=action.outsider)
    return action.user.name if action.user else ""


def _changes(action: TaskAction, language: str) -> list[str]:
    """What an approver changed, each with what stood there before."""
    nothing = translate(N_("nothing"), language)
    found = []
    for change in action.changes or ():
        entry = translate(ENTRIES[change["field"]], language)
        if change["line"]:
            line = translate(N_("Line {number}"), language, number=change["line"])
            entry = f"{line} · {entry}"
        was, now = (_shown(change["field"], change[name], language) or nothing for name in ("before", "after"))
        found.append(f"{entry}: {was} → {now}")
    return found


def _files(action: TaskAction, language: str) -> str:
    names = ", ".join(file["name"] for file in action.files or ())
    return translate(N_("Attached: {names}"), language, names=names) if names else ""


def _shown(field: str, text: str, language: str) -> str:
    """Codes in words."""
    if not text or field not in ("invoice_type", "rate"):
        return text
    known = get_invoice_type(text) if field == "invoice_type" else get_tax_rate(text)
    return known.name_zh if language == "zh" else known.name_en


def _local(moment: datetime | None, company: Company) -> str:
    return f"{moment.astimezone(ZoneInfo(company.time_zone)):%Y-%m-%d %H:%M}" if moment else ""
