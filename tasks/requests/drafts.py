"""Drafts of invoice requests: begin, change, copy, discard. Only here is the money of lines computed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.access import Actor, Permission
from models.arithmetic import LineAmounts, LineInput, compute_line, total
from models.customers import Customer, Header
from models.db import db, touch
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.invoice_types import get_invoice_type, get_tax_rate
from models.requests import Approval, InvoiceRequest, RequestLine
from tasks import audit, processes
from tasks.boundary import command, query
from tasks.requests.items import complete
from tasks.requests.reading import KIND, get_request
from tasks.requests.timeline import note
from tasks.requests.values import ComputedLines, LineDraft, RequestDraft

MAX_LINES = 2000  # what issuing platforms take on one digital invoice


@query(Permission.REQUEST_SUBMIT)
def compute(actor: Actor, draft: RequestDraft) -> ComputedLines:
    """The money of `draft`, as it would be stored. Raises `Invalid` with every faulty line (``lines.0.quantity``)."""
    return _compute(draft)


@query(Permission.REQUEST_SUBMIT)
def get_editable(actor: Actor, request_id: int) -> InvoiceRequest:
    """A request of the actor's own that may be changed now. Raises `NotFound`, `NotAllowed`, `Conflict`."""
    return own_editable(actor, request_id)


@command(Permission.REQUEST_SUBMIT)
def create_draft(actor: Actor, draft: RequestDraft) -> InvoiceRequest:
    """Begin a request. It takes its number when it is first submitted."""
    request = InvoiceRequest(applicant_id=person(actor))
    fill(request, draft)
    db.session.add(request)
    db.session.flush()
    audit.record(actor, "request.create", f"request:{request.id}", gross=request.gross)
    return request


@command(Permission.REQUEST_SUBMIT)
def update_draft(actor: Actor, draft: RequestDraft, *, request_id: int, revision: int | None = None) -> InvoiceRequest:
    """Change a draft, or a request that was returned or withdrawn. Raises `Conflict` if it changed since `revision`."""
    request = lock_editable(actor, request_id, revision=revision)
    before = request.gross
    fill(request, draft)
    request.unfinished = None
    touch(request, "reason")
    db.session.flush()
    audit.record(actor, "request.update", f"request:{request.id}", gross_before=before, gross=request.gross)
    return request


@command(Permission.REQUEST_SUBMIT)
def keep_unfinished(
    actor: Actor, *, request_id: int | None, typed: Mapping[str, Any], revision: int | None = None
) -> InvoiceRequest:
    """Keep what a person has typed so far, valid or not, as a draft. Nothing typed is lost.

    Raises `Conflict` if the request changed since `revision`.
    """
    if request_id is None:
        request = InvoiceRequest(applicant_id=person(actor))
        db.session.add(request)
    else:
        request = lock_editable(actor, request_id, revision=revision)
    request.unfinished = dict(typed)
    if request.number is None:
        _show_typed_customer(request, typed.get("customer_id"))
    db.session.flush()
    return request


def _show_typed_customer(request: InvoiceRequest, customer_id: object) -> None:
    """Let lists show whom an unfinished draft is for."""
    is_id = isinstance(customer_id, str) and re.fullmatch(r"[0-9]{1,9}", customer_id)
    request.customer = db.session.get(Customer, int(str(customer_id))) if is_id else None
    if request.header is not None and (request.customer is None or request.header.customer_id != request.customer.id):
        request.header = None


@command(Permission.REQUEST_SUBMIT)
def discard_request(actor: Actor, *, request_id: int) -> None:
    """Delete a draft that was never submitted, or cancel one that has a number, which stays taken."""
    request = lock_editable(actor, request_id)
    audit.record(actor, "request.discard", f"request:{request.id}", number=request.number, gross=request.gross)
    if request.number is None:
        db.session.delete(request)
        return
    request.move_to(Approval.CANCELLED)
    processes.cancel_process(actor.as_process(), subject=(KIND, request.id))
    note(actor, request, "cancel")


@command(Permission.REQUEST_SUBMIT)
def copy_request(actor: Actor, *, request_id: int) -> InvoiceRequest:
    """A new draft with the same customer, lines and texts, and the header that is in force now."""
    draft = as_draft(get_request(actor, request_id))
    customer = db.session.get(Customer, draft.customer_id) if draft.customer_id else None
    current = {header.id for header in customer.current_headers} if customer else set()
    if draft.header_id not in current:
        default = customer.default_header if customer else None
        draft = replace(draft, header_id=default.id if default else None)
    return create_draft(actor, draft)


def as_draft(request: InvoiceRequest) -> RequestDraft:
    """The request as a person filled it in."""
    return RequestDraft(
        customer_id=request.customer_id,
        header_id=request.header_id,
        invoice_type=request.invoice_type,
        tax_inclusive=request.tax_inclusive,
        reason=request.reason,
        contract_number=request.contract_number,
        remark=request.remark,
        delivery_email=request.delivery_email,
        expected_on=request.expected_on,
        choices=request.choices,
        lines=tuple(_line_draft(line) for line in request.lines),
    )


def lock_editable(actor: Actor, request_id: int, *, revision: int | None = None) -> InvoiceRequest:
    """`own_editable` for whoever is about to change it: its flow, if it has one, is locked first."""
    processes.lock_about((KIND, request_id))
    return own_editable(actor, request_id, revision=revision)


def own_editable(actor: Actor, request_id: int, *, revision: int | None = None) -> InvoiceRequest:
    """A request that the actor made and may change now. Raises `NotFound`, `NotAllowed`, `Conflict`.

    `revision` is the one that the actor has seen: a newer one is a `Conflict`.
    """
    request = get_request(actor, request_id)
    require_own(actor, request)
    if request.approval is Approval.IN_APPROVAL:
        raise Conflict(
            "Request {number} is in approval and cannot be changed. Withdraw it first.",
            code="request.not_editable",
            number=request.number,
        )
    if not request.is_editable:
        raise Conflict(
            "Request {number} has been decided and can no longer be changed. Copy it into a new one.",
            code="request.not_editable",
            number=request.number or request.id,
        )
    if revision is not None and request.revision != revision:
        raise Conflict(
            "This request was changed in another window. Reload it before you change it again.", code="request.stale"
        )
    return request


def require_own(actor: Actor, request: InvoiceRequest) -> None:
    """Raises `NotAllowed` unless the actor made the request."""
    if request.applicant_id != actor.user_id:
        raise NotAllowed("Only the applicant can do this with a request.", code="request.not_own")


def person(actor: Actor) -> int:
    """The user behind the actor. Raises `NotAllowed` for the system: a request is somebody's."""
    if actor.user_id is None:
        raise NotAllowed("Only a person can make a request.", code="request.no_person")
    return actor.user_id


def fill(request: InvoiceRequest, draft: RequestDraft) -> None:
    """Make `request` what `draft` says, with its money. Raises `Invalid` and `NotFound`."""
    get_invoice_type(draft.invoice_type)
    draft = replace(draft, lines=complete(draft.lines))
    computed = _compute(draft)
    request.customer, request.header = _customer_and_header(draft)
    for name in (
        "invoice_type",
        "tax_inclusive",
        "reason",
        "contract_number",
        "remark",
        "delivery_email",
        "expected_on",
    ):
        setattr(request, name, getattr(draft, name))
    request.choices = {key: list(people) for key, people in draft.choices.items() if people}
    if request.lines:
        request.lines.clear()
        db.session.flush()  # the old positions must be gone before the new ones come
    fill_lines(request, draft, computed.lines)
    request.net, request.tax, request.gross = computed.totals.net, computed.totals.tax, computed.totals.gross


def _customer_and_header(draft: RequestDraft) -> tuple[Customer | None, Header | None]:
    customer = db.session.get(Customer, draft.customer_id) if draft.customer_id else None
    if draft.customer_id and customer is None:
        raise NotFound("There is no such customer.", code="customer.not_found", field="customer_id")
    header = db.session.get(Header, draft.header_id) if draft.header_id else None
    if draft.header_id and (header is None or header.customer_id != draft.customer_id):
        raise Invalid(
            "The header does not belong to this customer. Choose one of the customer's headers.",
            code="request.header_foreign",
            field="header_id",
        )
    return customer, header


def _compute(draft: RequestDraft) -> ComputedLines:
    if len(draft.lines) > MAX_LINES:
        raise Invalid(
            "A request has at most {limit} lines; this one has {count}. Split it into several requests.",
            code="request.too_many_lines",
            field="lines",
            limit=MAX_LINES,
            count=len(draft.lines),
        )
    lines = compute_each(draft)
    problems = tuple(line for line in lines if isinstance(line, Invalid))
    if problems:
        raise Invalid(
            "{count} lines need your attention.", code="request.lines", problems=problems, count=len(problems)
        )
    computed = tuple(line for line in lines if not isinstance(line, Invalid))
    return ComputedLines(computed, total(computed))


def compute_each(draft: RequestDraft) -> list[LineAmounts | Invalid]:
    """The money of each line, or why it has none, with the field at fault (``lines.0.quantity``)."""
    lines: list[LineAmounts | Invalid] = []
    for index, line in enumerate(draft.lines):
        try:
            lines.append(_compute_line(line, tax_inclusive=draft.tax_inclusive))
        except Invalid as error:
            lines.append(_in_line(index, error))
    return lines


def _compute_line(line: LineDraft, *, tax_inclusive: bool) -> LineAmounts:
    if not line.name.strip():
        raise Invalid("Enter what is invoiced: an item name.", code="request.line_name", field="name")
    return compute_line(
        LineInput(
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            rate=get_tax_rate(line.rate).rate,
            tax_inclusive=tax_inclusive,
            discount=line.discount,
        )
    )


def _in_line(index: int, error: Invalid) -> Invalid:
    return Invalid.of(error.message, error.fields, code=error.code, field=f"lines.{index}.{error.field or 'name'}")


def fill_lines(request: InvoiceRequest, draft: RequestDraft, computed: Sequence[LineAmounts]) -> None:
    """Give `request`, which has none, the lines of `draft` with the money that was computed for them."""
    for position, (line, amounts) in enumerate(zip(draft.lines, computed, strict=True), start=1):
        before = amounts.before_discount
        request.lines.append(
            RequestLine(
                position=position,
                name=line.name.strip(),
                tax_code=line.tax_code,
                short_name=line.short_name,
                spec=line.spec,
                unit=line.unit,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=before.gross if draft.tax_inclusive else before.net,
                discount=line.discount,
                rate=line.rate,
                net=amounts.net,
                tax=amounts.tax,
                gross=amounts.gross,
            )
        )


def _line_draft(line: RequestLine) -> LineDraft:
    return LineDraft(
        name=line.name,
        tax_code=line.tax_code,
        short_name=line.short_name,
        spec=line.spec,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
        discount=line.discount,
        rate=line.rate,
    )
