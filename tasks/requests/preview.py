"""What a request would come to if it were submitted as it stands: money, checks, approvers. Saves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.access import Actor, Permission
from models.arithmetic import LineAmounts, Totals, total
from models.chains import TEXT_FACTS
from models.customers import Customer, Header
from models.db import db
from models.errors import AppError, Invalid
from models.requests import InvoiceRequest
from tasks.boundary import query
from tasks.requests.checks import Check, check_request
from tasks.requests.choosing import check_choices
from tasks.requests.drafts import compute_each, fill_lines
from tasks.requests.items import complete
from tasks.requests.reading import Approvers, preview_approvers
from tasks.requests.values import RequestDraft

_ABOUT_LINES = "lines"


@dataclass(frozen=True)
class Preview:
    """`lines` has the money of each line, or why it has none; `totals` is None while a line has none.

    `obstacle` says why nobody can be named as approver, where that is so.
    """

    lines: tuple[LineAmounts | Invalid, ...]
    totals: Totals | None
    checks: tuple[Check, ...]
    approvers: Approvers | None
    obstacle: AppError | None


@query(Permission.REQUEST_SUBMIT)
def preview_request(actor: Actor, draft: RequestDraft, *, request_id: int | None = None) -> Preview:
    """Look at a draft as it is typed. `request_id` keeps a request from being taken for a twin of itself."""
    draft = replace(draft, lines=complete(draft.lines))
    lines = tuple(compute_each(draft))
    computed = [line for line in lines if not isinstance(line, Invalid)]
    is_complete = len(computed) == len(lines)
    try:
        totals = total(computed) if is_complete else None
    except Invalid as error:
        return Preview(lines, None, (_as_check(error),), None, None)
    checks = _checks(actor, draft, computed if totals is not None else [], totals, request_id)
    approvers, obstacle = _approvers(actor, draft, totals)
    chosen = check_choices(approvers, draft.choices) if approvers else ()
    return Preview(lines, totals, _in_order([*checks, *chosen]), approvers, obstacle)


def _in_order(checks: Sequence[Check]) -> tuple[Check, ...]:
    return tuple(sorted(checks, key=lambda check: check.level != "block"))


def _checks(
    actor: Actor, draft: RequestDraft, computed: list[LineAmounts], totals: Totals | None, request_id: int | None
) -> tuple[Check, ...]:
    request = InvoiceRequest(
        id=request_id,
        invoice_type=draft.invoice_type,
        reason=draft.reason,
        contract_number=draft.contract_number,
        remark=draft.remark,
        gross=totals.gross if totals else 0,
    )
    request.customer = db.session.get(Customer, draft.customer_id) if draft.customer_id else None
    request.customer_id = request.customer.id if request.customer else None
    header = db.session.get(Header, draft.header_id) if draft.header_id else None
    request.header = header if header is not None and header.customer_id == request.customer_id else None
    request.header_id = request.header.id if request.header else None
    if totals is not None:
        fill_lines(request, draft, computed)
    found = check_request(actor, request)
    return tuple(check for check in found if totals is not None or check.field != _ABOUT_LINES)


def _approvers(actor: Actor, draft: RequestDraft, totals: Totals | None) -> tuple[Approvers | None, AppError | None]:
    if totals is None or not draft.lines:
        return None, None
    try:
        found = preview_approvers(
            actor,
            amount=totals.gross,
            invoice_type=draft.invoice_type,
            customer_id=draft.customer_id,
            fields={name: getattr(draft, name) for name in TEXT_FACTS},
            choices=draft.choices,
        )
    except AppError as error:  # no flow is published, or a chain has nobody left
        return None, error
    return found, None


def _as_check(error: Invalid) -> Check:
    return Check("block", error.code, "lines", error.message, error.fields)
