"""What finance enters for a request that was issued: from the desk's row."""

from __future__ import annotations

from marshmallow import fields

from web.forms import FormSchema, text


class RegistrationSchema(FormSchema):
    """`revision` is that of the task the person saw."""

    channel = text(20, required=True)
    number = text(40)
    code = text(20)
    issued_on = fields.Date(load_default=None)
    revision = fields.Integer(load_default=None)
