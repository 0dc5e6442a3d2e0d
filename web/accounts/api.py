"""The REST resource of one's own account: for whom a token acts, and what it may do."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from models.access import Permission, can
from models.language import N_
from web.rest.blueprint import ApiBlueprint
from web.rest.fields import Code
from web.rest.schemas import AnswerSchema, PersonSchema
from web.security import current_identity

bp = ApiBlueprint(N_("Account"), __name__, description=N_("For whom the token acts."))


class AccountCompanySchema(AnswerSchema):
    id = fields.Integer()
    name = fields.String()
    time_zone = fields.String(metadata={"example": "Asia/Shanghai"})


class AccountSchema(AnswerSchema):
    user = fields.Nested(PersonSchema)
    email = fields.String()
    language = fields.String(metadata={"enum": ["zh", "en"]})
    company = fields.Nested(AccountCompanySchema, metadata={"description": N_("The one company the token works in.")})
    roles = fields.List(Code("role"))
    permissions = fields.List(fields.String(), metadata={"example": ["request:read", "request:submit"]})


@bp.get("/account")
@bp.response(200, AccountSchema)
@bp.refuses()
@bp.says(N_("Ask who you are"), N_("The person for whom the token acts, their company, roles and permissions."))
def get_account() -> dict[str, Any]:
    identity = current_identity()
    actor = identity.actor
    return {
        "user": {"id": actor.user_id, "name": identity.name},
        "email": identity.email,
        "language": identity.language,
        "company": {"id": actor.company_id, "name": identity.company_name, "time_zone": identity.time_zone},
        "roles": sorted(actor.roles),
        "permissions": sorted(permission for permission in Permission if can(actor, permission)),
    }
