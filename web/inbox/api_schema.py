"""Tasks for programs: what they send, on top of the page's schema, and what they get."""

from __future__ import annotations

from marshmallow import fields, validate

from models.language import N_
from tasks.inbox import MOST_IN_BULK, VIEWS
from tasks.requests import MAX_ATTACHMENTS, MAX_LINES
from web.converters import MAX_ID
from web.forms import text
from web.inbox.schema import DecisionSchema
from web.requests.schema import EditsSchema, LineEditsSchema
from web.rest.fields import Code, Moment, Money
from web.rest.schemas import (
    NEXT,
    AnswerSchema,
    BodySchema,
    BoundedList,
    PersonSchema,
    QuerySchema,
    RefusalSchema,
    describe,
    next_id,
    page_size,
)


@describe(
    {
        "view": N_("`open`: waits for you; `done`: you have handled it; `started`: your own requests wait for it."),
        "q": N_("Only tasks about requests that mention this."),
    }
)
class TaskQuerySchema(QuerySchema):
    view = fields.String(load_default="open", validate=validate.OneOf(VIEWS))
    q = text(100)
    after = next_id()
    limit = page_size()


@describe(
    {
        "line": N_("Which line, from 1."),
        "amount": N_("Left out while quantity or price is changed, it follows from both."),
    }
)
class LineEditsEntrySchema(BodySchema, LineEditsSchema):
    """An entry that is left out stays as it is."""


@describe({"invoice_type": N_("The kind of invoice.")}, kinds={"invoice_type": "invoice_type"})
class EditsEntrySchema(BodySchema, EditsSchema):
    """An entry that is left out stays as it is; one that is empty is emptied."""

    lines = BoundedList(
        fields.Nested(LineEditsEntrySchema), MAX_LINES, metadata={"description": N_("The lines that are changed.")}
    )


def file_ids() -> BoundedList:
    """Files that stand beside a comment."""
    return BoundedList(
        fields.Integer(strict=True, validate=validate.Range(1, MAX_ID)),
        MAX_ATTACHMENTS,
        load_default=list,
        metadata={"description": N_("Ids of files that you have sent to the request's `uploads`."), "example": [31]},
    )


@describe(
    {
        "decision": N_("One of the task's `decisions`."),
        "comment": N_("What the applicant reads. To return or reject needs one."),
        "revision": N_("The task's `revision` you have read; if it has changed since, the answer is 409."),
        "channel": N_("How the invoice was issued."),
        "number": N_("The number of an invoice issued outside."),
        "code": N_("Its code, for kinds of invoice that have one."),
        "issued_on": N_("Its date; today if it is left out."),
    },
    examples={"decision": "approve"},
    kinds={"decision": "decision", "channel": "channel"},
)
class DecisionEntrySchema(BodySchema, DecisionSchema):
    """`channel`, `number`, `code` and `issued_on` answer an issuing task only."""

    edits = fields.Nested(
        EditsEntrySchema(partial=True),
        load_default=None,
        metadata={"description": N_("What to change with an approval: only what the task's `editable` names.")},
    )
    files = file_ids()


class BulkApprovalSchema(BodySchema):
    task_ids = BoundedList(
        fields.Integer(strict=True, validate=validate.Range(1, MAX_ID)),
        MOST_IN_BULK,
        required=True,
        metadata={"description": N_("The tasks to approve."), "example": [11, 12]},
    )


class TaskCustomerSchema(AnswerSchema):
    id = fields.Integer()
    name = fields.String()


class TaskRequestSchema(AnswerSchema):
    id = fields.Integer()
    number = fields.String(allow_none=True)
    stage = Code("stage")
    customer = fields.Nested(TaskCustomerSchema, allow_none=True)
    applicant = fields.Nested(PersonSchema)
    gross = Money(metadata={"description": N_("With tax.")})


class TaskRowSchema(AnswerSchema):
    id = fields.Integer(attribute="task.id")
    title = fields.String(attribute="task.title", metadata={"description": N_("The step of the chain, in English.")})
    title_zh = fields.String(
        attribute="task.title_zh", metadata={"description": N_("The step of the chain, in Chinese; may be empty.")}
    )
    form = fields.String(
        attribute="task.form_key", metadata={"description": N_("What kind of answer it wants: approval, issuing …")}
    )
    status = Code("task", attribute="task.status")
    outcome = fields.String(attribute="task.outcome", metadata={"description": N_("How it was answered.")})
    created_at = Moment(attribute="task.created_at")
    due_at = Moment(attribute="task.due_at", allow_none=True)
    is_overdue = fields.Boolean()
    closed_at = Moment(attribute="task.closed_at", allow_none=True)
    closed_by = fields.Nested(PersonSchema, attribute="task.closed_by", allow_none=True)
    closed_from_outside = fields.String(
        attribute="task.outsider",
        metadata={"description": N_("Who answered it from outside the company, with their mail address; else empty.")},
    )
    revision = fields.Integer(attribute="task.revision")
    request = fields.Nested(TaskRequestSchema)


class TaskPageSchema(AnswerSchema):
    items = fields.List(fields.Nested(TaskRowSchema), attribute="rows")
    next = fields.Integer(allow_none=True, attribute="next_after", metadata={"description": NEXT})


class TaskCountsSchema(AnswerSchema):
    views = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": N_("How many tasks, by view.")}
    )


class TaskDetailSchema(AnswerSchema):
    task = fields.Nested(TaskRowSchema)
    may_answer = fields.Boolean(metadata={"description": N_("Whether you may answer it now.")})
    decisions = fields.List(Code("decision"), metadata={"description": N_("What it may be answered with.")})
    editable = fields.List(
        Code("entry"),
        metadata={
            "description": N_(
                "What of the request you may change as you approve: entries, `items` (name, spec, unit, tax_code) and "
                "`amounts` (quantity, unit_price, amount, discount, rate) of its lines."
            )
        },
    )


class BulkItemSchema(AnswerSchema):
    task_id = fields.Integer()
    refusal = fields.Nested(
        RefusalSchema, allow_none=True, metadata={"description": N_("Why it is still open; null if it was approved.")}
    )


class BulkResultSchema(AnswerSchema):
    items = fields.List(fields.Nested(BulkItemSchema))
