"""Departments for programs: what they send, on top of the page's schema, and what they get."""

from __future__ import annotations

from marshmallow import fields, validate

from models.language import N_
from web.converters import MAX_ID
from web.departments.schema import DepartmentSchema, PersonSchema
from web.rest.schemas import AnswerSchema, BodySchema, describe

_ID = validate.Range(1, MAX_ID)


@describe(
    {
        "name": N_("What the department is called."),
        "name_zh": N_("Its Chinese name; empty where it is the same."),
        "parent_id": N_("The department above it; null at the top."),
        "head_id": N_("Who leads it, by user id."),
    }
)
class DepartmentEntrySchema(BodySchema, DepartmentSchema):
    parent_id = fields.Integer(load_default=None, allow_none=True, validate=_ID)
    head_id = fields.Integer(load_default=None, allow_none=True, validate=_ID)


@describe(
    {
        "user_id": N_("Who is to belong to it."),
        "is_primary": N_("Whether their heads are found from here; this takes the place of their earlier primary one."),
    }
)
class DepartmentPersonEntrySchema(BodySchema, PersonSchema):
    user_id = fields.Integer(required=True, validate=_ID)


class DepartmentPersonSchema(AnswerSchema):
    user_id = fields.Integer()
    name = fields.String()
    is_primary = fields.Boolean(metadata={"description": N_("Whether their heads are found from here.")})


class DepartmentAnswerSchema(AnswerSchema):
    id = fields.Integer()
    name = fields.String()
    name_zh = fields.String()
    parent_id = fields.Integer(allow_none=True)
    head_id = fields.Function(
        lambda row: row.head_id or None,
        metadata={"type": ["integer", "null"], "description": N_("Who leads it, by user id; null where nobody does.")},
    )
    head_name = fields.String()
    is_active = fields.Boolean(metadata={"description": N_("Whether it is in use; a closed one has no people.")})
    people = fields.List(fields.Nested(DepartmentPersonSchema))


class DepartmentListSchema(AnswerSchema):
    items = fields.List(fields.Nested(DepartmentAnswerSchema))
