"""The answer to a task, as a form or as JSON; the filters of a view; and what the verbs ask for."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from tasks.inbox import VIEWS, InboxFilter
from web.converters import MAX_ID
from web.forms import FormSchema, text


class DecisionSchema(FormSchema):
    """`revision` is that of the task the person saw; the last four answer an issuing task only."""

    decision = text(20, required=True)
    comment = text(1000)
    revision = fields.Integer(load_default=None)
    channel = text(20)
    number = text(40)
    code = text(20)
    issued_on = fields.Date(load_default=None)


def _row_id() -> fields.Integer:
    return fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID))


def _amount() -> fields.Decimal:
    return fields.Decimal(places=2, load_default=None, validate=validate.Range(0, 10**15))


class InboxQuerySchema(FormSchema):
    """The address of a view. What cannot be read is left out, so that an old link still opens."""

    view = fields.String(load_default="open", validate=validate.OneOf(VIEWS))
    q = text(100)
    customer_id = _row_id()
    applicant_id = _row_id()
    min_amount = _amount()
    max_amount = _amount()
    overdue = fields.Boolean(load_default=False)
    after = _row_id()


def as_filter(query: dict[str, Any]) -> InboxFilter:
    """The filters of an address that `InboxQuerySchema` has read."""
    return InboxFilter(
        text=query.get("q", ""),
        customer_id=query.get("customer_id"),
        applicant_id=query.get("applicant_id"),
        min_amount=query.get("min_amount"),
        max_amount=query.get("max_amount"),
        overdue=query.get("overdue", False),
    )


class SavedViewSchema(FormSchema):
    name = text(40, required=True)
    is_shared = fields.Boolean(load_default=False)


class VerbSchema(FormSchema):
    """What the dialogs of all verbs ask for; each verb reads what it needs."""

    user_id = _row_id()
    user_ids = fields.List(fields.Integer(validate=validate.Range(1, MAX_ID)), load_default=list)
    place = fields.String(load_default="parallel")
    comment = text(1000)
    until = text(20)
    signer_id = _row_id()
    return_to = fields.Integer(load_default=None, validate=validate.Range(0, 1000))
    resume = fields.String(load_default="onward", validate=validate.OneOf(("onward", "back")))
    revision = fields.Integer(load_default=None)
