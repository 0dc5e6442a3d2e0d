"""The shape of accounts on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from models.access import Role
from tasks.accounts import CompanyDraft
from tasks.accounts.leavers import Heirs
from web.forms import FormSchema, email_field, password_field, text

_ROLES = validate.OneOf([role.value for role in Role])


class LoginSchema(FormSchema):
    email = text(200, required=True)
    password = password_field()


class SignUpSchema(FormSchema):
    company_name = text(100, required=True)
    name = text(80, required=True)
    email = email_field()
    password = password_field()


class AcceptSchema(FormSchema):
    name = text(80)
    password = password_field()


class ProfileSchema(FormSchema):
    name = text(80, required=True)
    language = fields.String(required=True, validate=validate.OneOf(["zh", "en"]))


class PasswordSchema(FormSchema):
    current = password_field()
    new = password_field()


class TokenSchema(FormSchema):
    name = text(80, required=True)
    days = fields.Integer(load_default=90)


class InviteSchema(FormSchema):
    email = email_field()
    name = text(80, required=True)
    department_id = fields.Integer(load_default=None)
    roles = fields.List(fields.String(validate=_ROLES), load_default=list)


class RolesSchema(FormSchema):
    roles = fields.List(fields.String(validate=_ROLES), load_default=list)


class DepartmentSchema(FormSchema):
    department_id = fields.Integer(load_default=None)


class HeirsSchema(FormSchema):
    first = fields.Integer(required=True)
    second = fields.Integer(load_default=None)

    @post_load
    def _heirs(self, data: dict[str, Any], **_: Any) -> Heirs:
        return Heirs(**data)


class CompanySchema(FormSchema):
    name = text(100, required=True)
    tax_id = text(40)
    address = text(200)
    phone = text(40)
    bank_name = text(100)
    bank_account = text(60)
    drawer = text(40)
    payee = text(40)
    reviewer = text(40)
    time_zone = fields.String(load_default=CompanyDraft.time_zone)
    number_pattern = fields.String(load_default=CompanyDraft.number_pattern, validate=validate.Length(1, 80))
    withdraw_until = fields.String(load_default=CompanyDraft.withdraw_until)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> CompanyDraft:
        return CompanyDraft(**data)
