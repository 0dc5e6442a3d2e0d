"""Live checks of a request (阻断 / 预警): the same list beside the form, at submit, and on the approver's document."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, select
from sqlalchemy.orm import aliased

from models.access import Actor, Permission
from models.customers import Header, HeaderKind
from models.db import db, utc_now
from models.errors import Invalid
from models.invoice_types import InvoiceType, get_invoice_type, get_tax_rate
from models.language import N_
from models.requests import Approval, InvoiceRequest
from models.taxid import check_tax_id
from tasks.boundary import query

REMARK_LIMIT = 230  # the bureau's batch template
NAME_LIMIT = 100
DUPLICATE_DAYS = 3
_MAX_SHOWN = 10  # line numbers in one sentence
# An approver must look at these before deciding: no bulk decision takes them along.
_RED_FLAGS = frozenset({"request.duplicate", "request.header_changed"})


@dataclass(frozen=True)
class Check:
    """One finding: `level` is "block" or "warn"; `message` is a translatable sentence filled with `fields`."""

    level: str
    code: str
    field: str
    message: str
    fields: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def is_red_flag(self) -> bool:
        return self.code in _RED_FLAGS


@query(Permission.REQUEST_READ)
def check_request(actor: Actor, request: InvoiceRequest) -> list[Check]:
    """Everything that stops the request from being submitted, then everything worth a second look."""
    kind = get_invoice_type(request.invoice_type)
    found = [*_missing(request), *_header(request.header, kind), *_lines(request, kind), *_texts(request)]
    found += [*_tax_codes(request), *_duplicates(request)]
    return sorted(found, key=lambda check: check.level != "block")


def refuse_blocks(checks: list[Check], *, while_approving: bool = False) -> None:
    """Raise `Invalid` with every blocking check, if there is one."""
    blocks = [check for check in checks if check.level == "block"]
    if blocks:
        problems = tuple(Invalid.of(c.message, c.fields, code=c.code, field=c.field) for c in blocks)
        if while_approving:
            raise Invalid(
                "With these changes the request would not be right: {count} points need your attention.",
                code="request.blocked",
                problems=problems,
                count=len(blocks),
            )
        raise Invalid(
            "The request cannot be submitted yet: {count} points need your attention.",
            code="request.blocked",
            problems=problems,
            count=len(blocks),
        )


def _missing(request: InvoiceRequest) -> Iterator[Check]:
    if request.customer_id is None:
        yield Check("block", "request.customer", "customer_id", N_("Choose the customer."))
    if request.header_id is None:
        yield Check("block", "request.header", "header_id", N_("Choose the invoice header."))
    if not request.lines:
        yield Check("block", "request.lines_missing", "lines", N_("Enter at least one line."))
    if not (request.reason.strip() or request.contract_number.strip()):
        yield Check(
            "block",
            "request.reason",
            "reason",
            N_("Name the contract or order, or say why the invoice is needed: its content must match real business."),
        )


def _header(header: Header | None, kind: InvoiceType) -> Iterator[Check]:
    if header is None:
        return
    if header.valid_to is not None:
        yield changed_header(header.title)
    if kind.needs_tax_id and not header.tax_id:
        yield Check(
            "block",
            "request.tax_id",
            "header_id",
            N_("A special invoice needs the buyer's tax number; add it to the header."),
        )
    if kind.needs_tax_id and header.kind is HeaderKind.PERSON:
        yield Check(
            "block", "request.person_special", "header_id", N_("No special invoice may be issued to a natural person.")
        )
    if header.kind is HeaderKind.ORGANIZATION and not header.tax_id and not kind.needs_tax_id:
        yield Check(
            "block",
            "request.tax_id_organization",
            "header_id",
            N_("An invoice to an organisation needs its tax number; add it to the header."),
        )
    if header.tax_id:
        verdict = check_tax_id(header.tax_id)
        if verdict.level != "ok":
            yield Check("warn", verdict.code, "header_id", verdict.message, dict(verdict.fields))


def _lines(request: InvoiceRequest, kind: InvoiceType) -> Iterator[Check]:
    for index, line in enumerate(request.lines):
        rate = get_tax_rate(line.rate)
        if kind.needs_tax_id and rate.zero_rate_flag:
            yield Check(
                "block",
                "request.special_exempt",
                f"lines.{index}.rate",
                N_("Line {line}: a special invoice cannot carry exempt or untaxed items."),
                {"line": index + 1},
            )
        if len(line.name) > NAME_LIMIT:
            yield Check(
                "block",
                "request.line_name_long",
                f"lines.{index}.name",
                N_("Line {line}: the item name has more than {limit} characters."),
                {"line": index + 1, "limit": NAME_LIMIT},
            )


def _tax_codes(request: InvoiceRequest) -> Iterator[Check]:
    without = [index for index, line in enumerate(request.lines) if not line.tax_code]
    if without:
        shown = ", ".join(str(index + 1) for index in without[:_MAX_SHOWN])
        yield Check(
            "warn",
            "request.tax_code",
            f"lines.{without[0]}.tax_code",
            N_("No tax code yet in line {lines}; finance needs one to issue the invoice."),
            {"lines": shown + (" …" if len(without) > _MAX_SHOWN else "")},
        )


def _texts(request: InvoiceRequest) -> Iterator[Check]:
    if len(request.remark) > REMARK_LIMIT:
        yield Check(
            "block",
            "request.remark_long",
            "remark",
            N_("The remark has {count} characters; {limit} are allowed."),
            {"count": len(request.remark), "limit": REMARK_LIMIT},
        )


def _duplicates(request: InvoiceRequest) -> Iterator[Check]:
    """Same customer and total within a few days: often the same invoice asked for twice."""
    if request.customer_id is None or request.gross == 0:
        return
    twin_id = db.session.scalar(newest_twin(request.customer_id, request.gross, request.id or 0))
    if twin_id is not None:
        twin = db.session.get_one(InvoiceRequest, twin_id)
        yield duplicate_of(twin.number, twin.id)


def newest_twin(
    customer_id: int | SQLColumnExpression[int | None],
    gross: Decimal | SQLColumnExpression[Decimal],
    request_id: int | SQLColumnExpression[int],
) -> Select[int]:
    """The id of the newest other request for the same total and customer, for values or for columns of a statement."""
    twin = aliased(InvoiceRequest)
    return (
        select(twin.id)
        .where(
            twin.customer_id == customer_id,
            twin.gross == gross,
            twin.id != request_id,
            twin.approval.in_([Approval.IN_APPROVAL, Approval.APPROVED]),
            twin.submitted_at >= utc_now() - timedelta(days=DUPLICATE_DAYS),
        )
        .order_by(twin.id.desc())
        .limit(1)
    )


def duplicate_of(number: str | None, request_id: int) -> Check:
    """The finding that another request asks for the same."""
    return Check(
        "warn",
        "request.duplicate",
        "lines",
        N_("Request {number} asks for the same total for the same customer. Is this a second one?"),
        {"number": number or request_id},
    )


def changed_header(title: str) -> Check:
    """The finding that the buyer's header has a newer version."""
    return Check(
        "block",
        "request.header_changed",
        "header_id",
        N_("The header “{title}” has changed since. Choose the current one."),
        {"title": title},
    )
