"""What the editors send."""

from __future__ import annotations

from marshmallow import fields, validate

from web.forms import FormSchema, text


class SaveSchema(FormSchema):
    """A file's new text, and the number of the text that it was made from."""

    text = fields.String(required=True, metadata={"keeps_blanks": True})
    based_on = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**31 - 1))


class StepSchema(FormSchema):
    """Where to go in the history of a file: one step back or forth, or to a number."""

    to = fields.String(required=True, validate=validate.OneOf(["undo", "redo", "number"]))
    number = fields.Integer(strict=True, load_default=0, validate=validate.Range(min=0, max=2**31 - 1))


class VisitSchema(FormSchema):
    """A tab says that it is there."""

    tab = fields.String(required=True, validate=validate.Length(min=8, max=64))
    takes_over = fields.Boolean(load_default=False)


class PublishSchema(FormSchema):
    """`over` is the version that was published since the draft was begun, and that its author has looked at."""

    note = text(500)
    over = fields.Integer(load_default=None, allow_none=True)
