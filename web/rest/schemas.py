"""Bases of what programs send, and the shape of a refusal (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from flask_babel import lazy_gettext
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from models.language import N_
from web.converters import MAX_ID
from web.forms import FormSchema
from web.rest.fields import KIND_KEY, Sentence

_MOST_IN_A_PAGE = 200
_USUAL_IN_A_PAGE = 50
NEXT = N_("Where the next page begins: send it as `next`. Null on the last page.")


Described = TypeVar("Described", bound="QuerySchema")


class QuerySchema(FormSchema):
    """What stands behind the question mark. A name that is not known is refused: left out, it would mislead."""

    described: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    error_messages: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # marshmallow declares it per instance
        "unknown": lazy_gettext("There is no entry of this name."),
        "type": lazy_gettext("This entry cannot be read."),
    }

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        field_obj.metadata = {**self.described.get(field_name, {}), **field_obj.metadata}


def describe(
    notes: Mapping[str, str], *, examples: Mapping[str, Any] | None = None, kinds: Mapping[str, str] | None = None
) -> Callable[[type[Described]], type[Described]]:
    """Say of fields what they mean, what they look like, and the kind of code they take (see `web.labels`).

    The fields themselves belong to the form, which has no use for such notes.
    """
    said = {"description": notes, "example": examples or {}, KIND_KEY: kinds or {}}

    def decorate(schema: type[Described]) -> type[Described]:
        names = {name for table in said.values() for name in table}
        found = {name: {key: table[name] for key, table in said.items() if name in table} for name in names}
        schema.described = {**schema.described, **found}
        return schema

    return decorate


class BodySchema(QuerySchema):
    """What a program sends as JSON: the fields and rules of the page's form, told apart by type."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        if isinstance(field_obj, fields.Integer):
            field_obj.strict = True


class BoundedList(fields.List[Any]):
    """A list of at most `most` items; a longer one is refused before its items are looked at."""

    def __init__(self, inner: fields.Field[Any], most: int, **given: Any) -> None:
        super().__init__(inner, validate=validate.Length(max=most), **given)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(str(lazy_gettext("At most %(maximum)s entries.", maximum=self.most)))
        return super()._deserialize(value, attr, data, **kwargs)


class AnswerSchema(Schema):
    """What a program gets. Every entry is always there; later versions may add some."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True


class ProblemPartSchema(AnswerSchema):
    field = fields.String(metadata={"description": N_("The entry at fault, as a path."), "example": "lines.0.quantity"})
    code = fields.String(
        metadata={"description": N_("What is wrong, for programs; it never changes."), "example": "arithmetic.quantity"}
    )
    detail = fields.String(metadata={"description": N_("What is wrong, in the reader's language.")})


class ProblemSchema(Schema):
    """A refusal as problem details (RFC 9457)."""

    class Meta:
        unknown = EXCLUDE

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"example": "Unprocessable Entity"})
    status = fields.Integer(metadata={"example": 422})
    code = fields.String(
        metadata={"description": N_("What is wrong, for programs; it never changes."), "example": "request.blocked"}
    )
    detail = fields.String(metadata={"description": N_("What is wrong, in the reader's language.")})
    field = fields.String(metadata={"description": N_("The entry at fault, as a path, if it is one.")})
    errors = fields.List(
        fields.Nested(ProblemPartSchema), metadata={"description": N_("Every fault, where there are several.")}
    )
    request_id = fields.String(metadata={"description": N_("To be named to whoever looks after the server.")})


class RefusalSchema(AnswerSchema):
    """A refusal inside an answer that is not one as a whole."""

    code = fields.String(metadata={"description": N_("What is wrong, for programs; it never changes.")})
    field = fields.String(allow_none=True, metadata={"description": N_("The entry at fault, as a path, if it is one.")})
    detail = Sentence(metadata={"description": N_("What is wrong, in the reader's language.")})


class PersonSchema(AnswerSchema):
    id = fields.Integer()
    name = fields.String()


class SigningPersonSchema(AnswerSchema):
    id = fields.Integer(
        attribute="user_id",
        allow_none=True,
        metadata={"description": N_("Null for somebody from outside, who is no user.")},
    )
    name = fields.String()
    mail = fields.String(
        allow_none=True, metadata={"description": N_("Where somebody from outside is asked; null for a user.")}
    )


def page_size() -> fields.Integer:
    """How many items an answer holds at most."""
    return fields.Integer(
        load_default=_USUAL_IN_A_PAGE,
        validate=validate.Range(1, _MOST_IN_A_PAGE),
        metadata={"description": N_("How many items at most.")},
    )


def next_id() -> fields.Integer:
    """Where a page begins, as the page before has said."""
    return fields.Integer(
        load_default=None,
        data_key="next",
        validate=validate.Range(1, MAX_ID),
        metadata={"description": N_("Where the page begins: the `next` of the page before.")},
    )


def revision() -> fields.Integer:
    """The revision that the program has read."""
    return fields.Integer(
        load_default=None,
        allow_none=True,
        metadata={"description": N_("The `revision` you have read; if it has changed since, the answer is 409.")},
    )
