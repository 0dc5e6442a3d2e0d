"""Delegations for programs: what they send, on top of the page's schema, and what they get."""

from __future__ import annotations

from marshmallow import fields, validate

from models.language import N_
from web.converters import MAX_ID
from web.delegations.schema import DelegationSchema
from web.rest.fields import Money
from web.rest.schemas import AnswerSchema, BodySchema, describe

_ID = validate.Range(1, MAX_ID)


@describe(
    {
        "from_user_id": N_("Whose approvals they are; yourself if left out. Administrators may name anybody."),
        "to_user_id": N_("Who is to be asked instead."),
        "first_day": N_("From this day on; today if left out."),
        "last_day": N_("Through this day; without it until the delegation is revoked."),
        "kinds": N_("Only for these kinds of documents; all if the list is empty."),
        "min_amount": N_("Only from this amount on."),
        "max_amount": N_("Only up to this amount."),
        "note": N_("Why, for whoever reads the list."),
    }
)
class DelegationEntrySchema(BodySchema, DelegationSchema):
    from_user_id = fields.Integer(load_default=None, allow_none=True, validate=_ID)
    to_user_id = fields.Integer(required=True, validate=_ID)


class DelegationAnswerSchema(AnswerSchema):
    id = fields.Integer()
    from_user_id = fields.Integer(metadata={"description": N_("Whose approvals they are.")})
    from_name = fields.String()
    to_user_id = fields.Integer(metadata={"description": N_("Who is asked instead.")})
    to_name = fields.String()
    first_day = fields.Date()
    last_day = fields.Date(allow_none=True, metadata={"description": N_("Included; null where none is set.")})
    kinds = fields.List(fields.String())
    min_amount = Money(allow_none=True)
    max_amount = Money(allow_none=True)
    note = fields.String()
    state = fields.String(metadata={"description": N_("`now`, `later`, `ended` or `revoked`."), "example": "now"})
    may_revoke = fields.Boolean(metadata={"description": N_("Whether you may end it.")})


class DelegationListSchema(AnswerSchema):
    items = fields.List(fields.Nested(DelegationAnswerSchema))
