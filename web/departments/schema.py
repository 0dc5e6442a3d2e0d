"""The forms of departments."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from tasks.departments import DepartmentDraft
from web.forms import FormSchema, text


class DepartmentSchema(FormSchema):
    name = text(80, required=True)
    name_zh = text(80)
    parent_id = fields.Integer(load_default=None)
    head_id = fields.Integer(load_default=None)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> DepartmentDraft:
        return DepartmentDraft(**data)


class PersonSchema(FormSchema):
    user_id = fields.Integer(required=True)
    is_primary = fields.Boolean(load_default=False)
