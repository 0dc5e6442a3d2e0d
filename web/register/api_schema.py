"""The register for programs: its filter, on top of the page's schema, and what they get."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.language import N_
from web.register.schema import Cursor, RegisterSchema, write_cursor
from web.rest.fields import Code, Moment, Money, TaxNumber
from web.rest.schemas import NEXT, AnswerSchema, QuerySchema, describe, page_size

_EXAMPLE_CURSOR = "2026-03-31.1207"


@describe(
    {
        "q": N_("Part of buyer, tax number, invoice number or request number; pinyin of the customer."),
        "since": N_("Issued on this day or later."),
        "until": N_("Issued on this day or earlier."),
        "customer_id": N_("Only invoices of this customer."),
        "number": N_("Part of the invoice number."),
        "least": N_("Total with tax, at least."),
        "most": N_("Total with tax, at most."),
        "invoice_type": N_("Only this kind of invoice."),
        "status": N_("Only invoices in this state."),
        "channel": N_("Only invoices issued this way."),
    },
    kinds={"invoice_type": "invoice_type", "status": "invoice", "channel": "channel"},
)
class InvoiceQuerySchema(QuerySchema, RegisterSchema):
    before = Cursor(
        load_default=None,
        data_key="next",
        metadata={
            "type": "string",
            "description": N_("Where the page begins: the `next` of the page before."),
            "example": _EXAMPLE_CURSOR,
        },
    )
    limit = page_size()

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> Any:
        limit = data.pop("limit")
        return *super()._filter(data), limit


class InvoiceFilterSchema(InvoiceQuerySchema):
    """The filter alone, for what comes in one piece."""

    class Meta(QuerySchema.Meta):
        exclude = ("before", "limit")

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> Any:
        wanted, _before, _limit = super()._filter(data | {"before": None, "limit": 0})
        return wanted


class InvoiceRowSchema(AnswerSchema):
    id = fields.Integer()
    number = fields.String()
    code = fields.String(metadata={"description": N_("Empty for fully digital invoices.")})
    invoice_type = Code("invoice_type")
    status = Code("invoice")
    channel = Code("channel")
    is_sample = fields.Boolean(metadata={"description": N_("Issued by the simulator: not a tax invoice.")})
    issued_on = fields.Date()
    request_id = fields.Integer()
    request_number = fields.String(attribute="request.number")
    customer_id = fields.Integer()
    buyer_name = fields.String()
    buyer_tax_id = TaxNumber()
    net = Money()
    tax = Money()
    gross = Money()


class InvoiceSumsSchema(AnswerSchema):
    count = fields.Integer()
    net = Money()
    tax = Money()
    gross = Money()


class NextCursor(fields.String):
    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return write_cursor(value) if value else None


class InvoicePageSchema(AnswerSchema):
    items = fields.List(fields.Nested(InvoiceRowSchema))
    next = NextCursor(allow_none=True, metadata={"description": NEXT, "example": _EXAMPLE_CURSOR})
    sums = fields.Nested(
        InvoiceSumsSchema, metadata={"description": N_("Of everything that the filter finds, not of the page alone.")}
    )


class RegisterCheckSchema(AnswerSchema):
    is_whole = fields.Boolean(metadata={"description": N_("Whether nothing was changed, left out or cut off.")})
    entries = fields.Integer()
    head_hash = fields.String(metadata={"description": N_("The hash of the last entry.")})
    at = Moment()
    broken_at = fields.Integer(
        allow_none=True,
        attribute="broken.sequence",
        dump_default=None,
        metadata={"description": N_("The first entry that does not follow from the one before.")},
    )
    altered_at = fields.Integer(
        allow_none=True,
        attribute="altered",
        metadata={"description": N_("The first entry whose invoice is not what was entered.")},
    )
    invoice_id = fields.Integer(
        allow_none=True, metadata={"description": N_("The invoice of the entry at fault, if it is known.")}
    )
