"""The form of a delegation."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from tasks.delegations import DelegationDraft
from web.forms import FormSchema, text

_TOO_LARGE = 10**13


class DelegationSchema(FormSchema):
    from_user_id = fields.Integer(load_default=None)
    to_user_id = fields.Integer(required=True)
    first_day = fields.Date(load_default=None)
    last_day = fields.Date(load_default=None)
    kinds = fields.List(fields.String(), load_default=list)
    min_amount = fields.Decimal(places=2, load_default=None, validate=validate.Range(max=_TOO_LARGE))
    max_amount = fields.Decimal(places=2, load_default=None, validate=validate.Range(max=_TOO_LARGE))
    note = text(200)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> DelegationDraft:
        return DelegationDraft(**data | {"kinds": tuple(data["kinds"])})
