"""The answer to a task, as a form or as JSON."""

from __future__ import annotations

from marshmallow import fields

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
