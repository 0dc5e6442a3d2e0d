"""Customers and headers for programs: what they send, on top of the forms' schemas, and what they get."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.language import N_
from web.customers.schema import CustomerSchema, HeaderSchema, ListSchema, TaxNumberSchema
from web.rest.fields import Code, Moment, Sentence, TaxNumber
from web.rest.schemas import (
    NEXT,
    AnswerSchema,
    BodySchema,
    QuerySchema,
    RefusalSchema,
    describe,
    next_id,
    page_size,
    revision,
)


@describe(
    {
        "q": N_("Part of name, header or code; pinyin; a tax number or its beginning."),
        "owner_id": N_("Only customers of this colleague (a user id)."),
        "grade": N_("Only customers of this grade."),
        "state": N_("Active ones, those put aside, or all."),
    }
)
class CustomerQuerySchema(QuerySchema, ListSchema):
    after = next_id()
    limit = page_size()

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> Any:
        limit = data.pop("limit")
        return *super()._filter(data), limit


@describe(
    {
        "title": N_("The buyer's name on the invoice."),
        "kind": N_("What the buyer is; an organization needs a tax number."),
        "tax_id": N_("The buyer's tax number: 15, 18 or 20 characters. Blanks and lower case are mended."),
        "address": N_("The address registered with the tax authority."),
        "phone": N_("The phone registered with the tax authority."),
        "email": N_("Where invoices are sent."),
        "override_reason": N_("Why the number stays although a check objects; needs a role that may decide that."),
        "is_default": N_("Whether requests offer this header first."),
    },
    examples={"title": "腾讯科技（深圳）有限公司", "tax_id": "9144030071526726XG"},
    kinds={"kind": "header_kind"},
)
class HeaderEntrySchema(BodySchema, HeaderSchema):
    pass


@describe(
    {
        "code": N_("The company's own code. Left empty, the next automatic one is taken."),
        "grade": N_("How well the customer is known; the approval chain may depend on it."),
        "owner_id": N_("The colleague who looks after the customer (a user id)."),
    },
    examples={"name": "腾讯科技（深圳）有限公司", "grade": "B"},
    kinds={"grade": "grade"},
)
class CustomerEntrySchema(BodySchema, CustomerSchema):
    pass


class NewCustomerSchema(CustomerEntrySchema):
    """A customer with its first header; an empty title is the customer's name."""

    header = fields.Nested(HeaderEntrySchema, required=True)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> Any:
        header = data.pop("header")
        return super()._draft(data), header


class CustomerChangeSchema(CustomerEntrySchema):
    """All of a customer's facts; what is left out becomes empty. An empty code stays as it is."""

    revision = revision()

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> Any:
        seen = data.pop("revision")
        return super()._draft(data), seen


@describe(
    {
        "number": N_("The tax number as it was typed."),
        "header_id": N_("The header that is being changed; it may keep its number."),
    },
    examples={"number": "91350100M000100Y43"},
    kinds={"kind": "header_kind"},
)
class TaxNumberEntrySchema(BodySchema, TaxNumberSchema):
    pass


class HeaderDetailSchema(AnswerSchema):
    id = fields.Integer(metadata={"description": N_("A change makes a new version with an id of its own.")})
    customer_id = fields.Integer()
    supersedes_id = fields.Integer(
        allow_none=True, metadata={"description": N_("The version before this one, if there is one.")}
    )
    title = fields.String()
    kind = Code("header_kind")
    tax_id = TaxNumber(metadata={"description": N_("A natural person's is masked but for those who edit customers.")})
    address = fields.String()
    phone = fields.String()
    bank_name = fields.String()
    bank_account = fields.String()
    email = fields.String()
    override_reason = fields.String()
    is_default = fields.Boolean()
    valid_from = Moment()
    valid_to = Moment(allow_none=True, metadata={"description": N_("Null for the version in force.")})


class CustomerDetailSchema(AnswerSchema):
    id = fields.Integer()
    code = fields.String()
    name = fields.String()
    grade = Code("grade")
    owner_id = fields.Integer(allow_none=True)
    contact = fields.String()
    phone = fields.String()
    email = fields.String()
    notes = fields.String()
    is_active = fields.Boolean()
    created_at = Moment()
    updated_at = Moment()
    revision = fields.Integer()
    headers = fields.List(
        fields.Nested(HeaderDetailSchema),
        attribute="current_headers",
        metadata={"description": N_("The headers in force.")},
    )


class CustomerPageSchema(AnswerSchema):
    items = fields.List(fields.Nested(CustomerDetailSchema), attribute="customers")
    total = fields.Integer(metadata={"description": N_("How many the filter finds in all.")})
    next = fields.Integer(allow_none=True, attribute="next_after", metadata={"description": NEXT})


class HeaderListSchema(AnswerSchema):
    items = fields.List(fields.Nested(HeaderDetailSchema))


class VerdictSchema(AnswerSchema):
    level = fields.String(metadata={"enum": ["ok", "warning", "error"]})
    code = fields.String()
    number = fields.String(attribute="normalized", metadata={"description": N_("The number as it would be kept.")})
    detail = Sentence()


class TaxNumberCheckSchema(AnswerSchema):
    verdict = fields.Nested(
        VerdictSchema, allow_none=True, metadata={"description": N_("Null where the kind of buyer needs no number.")}
    )
    objection = fields.Nested(
        RefusalSchema, allow_none=True, metadata={"description": N_("Why a header with this number is refused.")}
    )
    is_explainable = fields.Boolean(metadata={"description": N_("Whether `override_reason` can lift the objection.")})
