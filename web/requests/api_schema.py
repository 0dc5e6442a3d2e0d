"""Requests for programs: what they send, on top of the form's schemas, and what they get."""

from __future__ import annotations

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import fields, post_load

from models.invoice_types import tax_rates
from models.language import N_
from tasks.requests import MAX_LINES, REMARK_LIMIT
from web.requests.schema import LineSchema, ListSchema, RequestSchema
from web.rest.fields import Code, Moment, Money, Number, Sentence, TaxNumber
from web.rest.schemas import (
    NEXT,
    AnswerSchema,
    BodySchema,
    BoundedList,
    PersonSchema,
    QuerySchema,
    RefusalSchema,
    SigningPersonSchema,
    describe,
    next_id,
    page_size,
    revision,
)

_RATES = [rate.key for rate in tax_rates()]
_FIGURE = {"type": ["string", "number"]}


@describe(
    {
        "q": N_("Part of number, contract, customer or header; pinyin; a tax number; or the exact total."),
        "stage": N_("Only requests in this stage."),
        "mine": N_("Only those you have made."),
        "since": N_("Made on this day or later."),
        "until": N_("Made on this day or earlier."),
        "customer_id": N_("Only requests for this customer."),
    },
    kinds={"stage": "stage"},
)
class RequestQuerySchema(QuerySchema, ListSchema):
    before = next_id()
    limit = page_size()

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> Any:
        limit = data.pop("limit")
        return *super()._filter(data), limit


@describe(
    {
        "name": N_("What is invoiced."),
        "tax_code": N_("The 19-digit tax code; left empty, the item library's code for this name is taken."),
        "quantity": N_("With every decimal it has; send it as text so that none is lost."),
        "unit_price": N_("With or without tax, as `tax_inclusive` says."),
        "amount": N_("With or without tax, as `tax_inclusive` says; before the discount."),
        "discount": N_("A positive amount that is taken off, with or without tax, as `tax_inclusive` says."),
        "rate": N_("The tax rate by its key."),
    },
    examples={"name": "软件开发服务", "quantity": "2", "unit_price": "5300.00", "rate": "0.06"},
)
class LineEntrySchema(BodySchema, LineSchema):
    """Two of quantity, unit price and amount are enough; if all are given they must agree to the cent."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        if isinstance(field_obj, fields.Decimal):
            field_obj.metadata = {**field_obj.metadata, **_FIGURE}
        if field_name == "rate":
            field_obj.metadata = {**field_obj.metadata, "type": "string", "example": "0.06"}


@describe(
    {
        "customer_id": N_("The customer; a draft may still be without."),
        "header_id": N_("The invoice header: one of the customer's that is in force."),
        "invoice_type": N_("The kind of invoice."),
        "tax_inclusive": N_("Whether prices, amounts and discounts of the lines include tax."),
        "reason": N_("Why the invoice is needed, if no contract says so."),
        "contract_number": N_("The contract or order."),
        "remark": N_("What stands in the invoice's remark; at most 230 characters when it is submitted."),
        "delivery_email": N_("Where the invoice shall be sent."),
        "expected_on": N_("The day by which it is needed."),
        "choices": N_("Who shall approve, where the chain leaves it to the applicant: people's ids by the step's key."),
    },
    examples={"customer_id": 1, "header_id": 1, "reason": "Contract 2026-017", "choices": {"s1": [4]}},
    kinds={"invoice_type": "invoice_type"},
)
class RequestEntrySchema(BodySchema, RequestSchema):
    lines = BoundedList(
        fields.Nested(LineEntrySchema), MAX_LINES, load_default=list, metadata={"description": N_("What is invoiced.")}
    )


class RequestChangeSchema(RequestEntrySchema):
    """The whole request; lines that are left out go."""

    revision = revision()

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> Any:
        seen = data.pop("revision")
        return super()._draft(data), seen


class AttachmentEntrySchema(QuerySchema):
    file = Upload(required=True, metadata={"description": N_("PDF, OFD, PNG, JPEG, XLSX or DOCX, at most 10 MB.")})


class CustomerNameSchema(AnswerSchema):
    id = fields.Integer()
    code = fields.String()
    name = fields.String()


class BuyerSchema(AnswerSchema):
    id = fields.Integer(metadata={"description": N_("The version of the header the request was made with.")})
    title = fields.String()
    tax_id = TaxNumber(metadata={"description": N_("A natural person's is masked but for those who edit customers.")})


class RequestRowSchema(AnswerSchema):
    id = fields.Integer()
    number = fields.String(allow_none=True, metadata={"description": N_("Null until it is first submitted.")})
    stage = Code("stage", metadata={"description": N_("The one word for lists.")})
    approval = Code("approval")
    issue = Code("issue")
    invoice_type = Code("invoice_type")
    customer = fields.Nested(CustomerNameSchema, allow_none=True)
    applicant = fields.Nested(PersonSchema)
    net = Money(metadata={"description": N_("Without tax: the sum of the rounded lines.")})
    tax = Money()
    gross = Money(metadata={"description": N_("With tax.")})
    created_at = Moment()
    updated_at = Moment()
    submitted_at = Moment(allow_none=True)
    decided_at = Moment(allow_none=True)
    revision = fields.Integer()


class RequestPageSchema(AnswerSchema):
    items = fields.List(fields.Nested(RequestRowSchema), attribute="requests")
    next = fields.Integer(allow_none=True, attribute="next_before", metadata={"description": NEXT})


class RequestCountsSchema(AnswerSchema):
    stages = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": N_("How many requests, by stage.")}
    )


class LineDetailSchema(AnswerSchema):
    position = fields.Integer()
    name = fields.String()
    tax_code = fields.String()
    short_name = fields.String()
    spec = fields.String()
    unit = fields.String()
    quantity = Number(allow_none=True)
    unit_price = Number(allow_none=True)
    amount = Money(metadata={"description": N_("As typed, before the discount.")})
    discount = Money()
    rate = fields.String(metadata={"enum": _RATES, "example": "0.13"})
    net = Money(metadata={"description": N_("Without tax, after the discount.")})
    tax = Money()
    gross = Money()


class FileSchema(AnswerSchema):
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer(metadata={"description": N_("Bytes.")})
    sha256 = fields.String()


class AttachmentSchema(FileSchema):
    id = fields.Integer()
    uploaded_at = Moment()


class UploadSchema(FileSchema):
    id = fields.Integer()
    uploaded_at = Moment(attribute="at")


class RequestDetailSchema(RequestRowSchema):
    header = fields.Nested(BuyerSchema, allow_none=True)
    tax_inclusive = fields.Boolean()
    reason = fields.String()
    contract_number = fields.String()
    remark = fields.String(metadata={"maxLength": REMARK_LIMIT})
    delivery_email = fields.String()
    expected_on = fields.Date(allow_none=True)
    choices = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Integer()),
        metadata={"description": N_("Whom the applicant chose to approve: people's ids by the step's key.")},
    )
    lines = fields.List(fields.Nested(LineDetailSchema))
    attachments = fields.List(fields.Nested(AttachmentSchema))


class CheckSchema(AnswerSchema):
    level = fields.String(
        metadata={"enum": ["block", "warn"], "description": N_("`block` stops the request from being submitted.")}
    )
    code = fields.String()
    field = fields.String()
    detail = Sentence()


class EntryChangeSchema(AnswerSchema):
    field = Code("entry")
    line = fields.Integer(metadata={"description": N_("Which line, from 1; 0 for the request itself.")})
    before = fields.String()
    after = fields.String()


class ActionSchema(AnswerSchema):
    id = fields.Integer()
    action = Code("action")
    title = fields.String(metadata={"description": N_("The step of the chain, in English.")})
    title_zh = fields.String(metadata={"description": N_("The step of the chain, in Chinese; may be empty.")})
    comment = fields.String()
    changes = fields.List(
        fields.Nested(EntryChangeSchema),
        allow_none=True,
        metadata={"description": N_("What an approver changed in the request.")},
    )
    files = fields.List(
        fields.Nested(FileSchema), allow_none=True, metadata={"description": N_("What stands beside the comment.")}
    )
    user = fields.Nested(PersonSchema, allow_none=True)
    outsider = fields.String(
        metadata={"description": N_("Somebody from outside who did it, or, where a user did it, to whom it was done.")}
    )
    at = Moment()


class StepSchema(AnswerSchema):
    title = fields.String(metadata={"description": N_("The step of the chain, in English.")})
    title_zh = fields.String(metadata={"description": N_("The step of the chain, in Chinese; may be empty.")})
    people = fields.List(fields.String(), metadata={"description": N_("Names of those who may decide.")})
    role = fields.String(metadata={"description": N_("The role it waits for, where it waits for all who hold it.")})
    due_at = Moment(allow_none=True)
    is_open = fields.Boolean(metadata={"description": N_("Whether it waits now.")})
    stage = fields.Integer(
        allow_none=True, metadata={"description": N_("Steps with the same number are asked at the same time.")}
    )


class FlowSchema(AnswerSchema):
    done = fields.List(fields.String())
    now = fields.List(fields.String())
    flows = fields.List(fields.String())


class IssuedSchema(AnswerSchema):
    id = fields.Integer()
    number = fields.String()
    code = fields.String()
    issued_on = fields.Date()
    is_sample = fields.Boolean()


class RequestDocumentSchema(AnswerSchema):
    """A request with everything that its page shows."""

    request = fields.Nested(RequestDetailSchema)
    checks = fields.List(fields.Nested(CheckSchema))
    timeline = fields.List(
        fields.Nested(ActionSchema), metadata={"description": N_("What people did about it, oldest first.")}
    )
    next_steps = fields.List(
        fields.Nested(StepSchema), metadata={"description": N_("Who decides now, and who after that.")}
    )
    flow = fields.Nested(
        FlowSchema, metadata={"description": N_("Where it stands in the diagram, by the elements' ids.")}
    )
    invoice = fields.Nested(IssuedSchema, allow_none=True)


class AmountsSchema(AnswerSchema):
    net = Money()
    tax = Money()
    gross = Money()


class PreviewLineSchema(AnswerSchema):
    amounts = fields.Nested(AmountsSchema, allow_none=True)
    refusal = fields.Nested(RefusalSchema, allow_none=True)


class ApproverStepSchema(AnswerSchema):
    title = fields.String()
    title_zh = fields.String()
    role = fields.String()
    due_hours = fields.Integer()
    stage = fields.Integer(
        allow_none=True, metadata={"description": N_("Steps with the same number are asked at the same time.")}
    )
    people = fields.List(fields.Nested(SigningPersonSchema))


class ChoiceSchema(AnswerSchema):
    """A step for which the applicant chooses; send the people's ids as `choices`."""

    key = fields.String(attribute="rule.key")
    title = fields.String(attribute="rule.title")
    title_zh = fields.String(attribute="rule.title_zh")
    least = fields.Integer(metadata={"description": N_("How many people must be chosen.")})
    is_several = fields.Boolean(metadata={"description": N_("Whether more than one may be chosen.")})


class ApproversSchema(AnswerSchema):
    chain_key = fields.String()
    chain_name = fields.String()
    chain_name_zh = fields.String()
    steps = fields.List(fields.Nested(ApproverStepSchema))
    choices = fields.List(
        fields.Nested(ChoiceSchema), metadata={"description": N_("The steps for which the applicant chooses.")}
    )


class RequestPreviewSchema(AnswerSchema):
    lines = fields.List(fields.Nested(PreviewLineSchema))
    totals = fields.Nested(AmountsSchema, allow_none=True)
    checks = fields.List(fields.Nested(CheckSchema))
    approvers = fields.Nested(ApproversSchema, allow_none=True)
    obstacle = fields.Nested(
        RefusalSchema, allow_none=True, metadata={"description": N_("Why nobody can be named as approver.")}
    )


class TaxItemSchema(AnswerSchema):
    id = fields.Integer()
    name = fields.String()
    tax_code = fields.String()
    short_name = fields.String()
    spec = fields.String()
    unit = fields.String()
    unit_price = Number(allow_none=True)
    rate = fields.String(metadata={"enum": _RATES})


class TaxItemListSchema(AnswerSchema):
    items = fields.List(fields.Nested(TaxItemSchema))
