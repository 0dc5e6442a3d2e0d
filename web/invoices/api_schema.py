"""An invoice for programs: what was issued, and what the register says of it."""

from __future__ import annotations

from marshmallow import fields

from models.invoice_types import tax_rates
from models.language import N_
from web.rest.fields import Code, Moment, Money, Number, Sentence, TaxNumber
from web.rest.schemas import AnswerSchema

_RATES = [rate.key for rate in tax_rates()]


class InvoiceLineSchema(AnswerSchema):
    position = fields.Integer()
    name = fields.String(metadata={"description": N_("With the short name of its tax code between asterisks.")})
    tax_code = fields.String()
    spec = fields.String()
    unit = fields.String()
    quantity = Number(allow_none=True)
    unit_price = Number(allow_none=True)
    rate = fields.String(metadata={"enum": _RATES, "example": "0.13"})
    net = Money()
    tax = Money()
    gross = Money()


class InvoiceRequestRefSchema(AnswerSchema):
    id = fields.Integer()
    number = fields.String()


class InvoiceDetailSchema(AnswerSchema):
    id = fields.Integer()
    number = fields.String()
    code = fields.String(metadata={"description": N_("Empty for fully digital invoices.")})
    invoice_type = Code("invoice_type")
    status = Code("invoice")
    channel = Code("channel")
    is_sample = fields.Boolean(metadata={"description": N_("Issued by the simulator: not a tax invoice.")})
    issued_on = fields.Date()
    serial = fields.String(metadata={"description": N_("This system's own number towards the channel.")})
    request = fields.Nested(InvoiceRequestRefSchema)
    customer_id = fields.Integer()
    seller_name = fields.String()
    seller_tax_id = fields.String()
    buyer_name = fields.String()
    buyer_tax_id = TaxNumber(
        metadata={"description": N_("A natural person's is masked but for those who edit customers.")}
    )
    buyer_address = fields.String()
    buyer_phone = fields.String()
    buyer_bank_name = fields.String()
    buyer_bank_account = fields.String()
    remark = fields.String()
    drawer = fields.String()
    net = Money()
    tax = Money()
    gross = Money()
    created_at = Moment()
    lines = fields.List(fields.Nested(InvoiceLineSchema))


class WarningSchema(AnswerSchema):
    code = fields.String()
    detail = Sentence()


class InvoiceDocumentSchema(AnswerSchema):
    """An invoice, and what looks odd about it."""

    invoice = fields.Nested(InvoiceDetailSchema)
    warnings = fields.List(fields.Nested(WarningSchema))


class RegisterEntrySchema(AnswerSchema):
    sequence = fields.Integer(metadata={"description": N_("Its place in the company's register; none is left out.")})
    event = fields.String(metadata={"example": "issued"})
    body = fields.String(metadata={"description": N_("The exact text that was hashed: JSON.")})
    previous_hash = fields.String()
    hash = fields.String()
    at = Moment()


class RegisterEntryListSchema(AnswerSchema):
    items = fields.List(fields.Nested(RegisterEntrySchema))
