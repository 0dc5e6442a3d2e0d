"""What programs send to hand a task on, to ask others and to tell them, and what they get."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, missing, validate

from models.language import N_
from tasks.inbox import SNOOZES
from web.converters import MAX_ID
from web.forms import text
from web.inbox.api_schema import file_ids
from web.rest.fields import Moment
from web.rest.schemas import AnswerSchema, BodySchema, BoundedList, PersonSchema, SigningPersonSchema, describe

_MOST_PEOPLE = 50
_COMMENT = 1000


def _person() -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": N_("Who is to be asked."), "example": 7},
    )


@describe({"comment": N_("What they should know.")})
class HandOverEntrySchema(BodySchema):
    user_id = _person()
    comment = text(_COMMENT)


@describe(
    {
        "comment": N_("What they should know."),
        "place": N_("Before you, beside you or after you; adding somebody after you approves it yourself."),
    }
)
class SignerEntrySchema(BodySchema):
    user_id = _person()
    place = fields.String(load_default="parallel", validate=validate.OneOf(("before", "after", "parallel")))
    comment = text(_COMMENT)


@describe({"until": N_("For three hours, or until work begins tomorrow or next week, by the company's calendar.")})
class SnoozeEntrySchema(BodySchema):
    until = fields.String(required=True, validate=validate.OneOf(SNOOZES))


class SnoozeSchema(AnswerSchema):
    until = Moment(allow_none=True, metadata={"description": N_("When it comes back; null where it is not put off.")})


def _people(*, required: bool) -> BoundedList:
    return BoundedList(
        fields.Integer(strict=True, validate=validate.Range(1, MAX_ID)),
        _MOST_PEOPLE,
        required=required,
        metadata={"description": N_("People of the company, by id."), "example": [7]},
    )


@describe({"comment": N_("What they should know.")})
class CopyEntrySchema(BodySchema):
    user_ids = _people(required=True)
    comment = text(_COMMENT)


@describe(
    {"text": N_("What you want to say; may be left out where there are files.")},
    examples={"text": "Is the contract signed?"},
)
class CommentEntrySchema(BodySchema):
    text = text(_COMMENT)
    mentions = _people(required=False)
    files = file_ids()


class _Themselves(fields.Nested):
    """A nested object whose values stand on the object itself."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = missing) -> Any:
        return obj


class SignerSchema(AnswerSchema):
    id = fields.Integer()
    person = _Themselves(SigningPersonSchema)
    acts_for = fields.Nested(PersonSchema, allow_none=True)
    kind = fields.String(
        metadata={"description": N_("`asked` by the chain, or put in: `before`, `after`, `parallel`, `adviser`.")}
    )
    status = fields.String(metadata={"description": N_("Whether they are asked now, and what they answered.")})
    opened_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)
    comment = fields.String()


class TaskSignersSchema(AnswerSchema):
    items = fields.List(fields.Nested(SignerSchema))


class ToldSchema(AnswerSchema):
    told = fields.Integer(metadata={"description": N_("How many people were told.")})
