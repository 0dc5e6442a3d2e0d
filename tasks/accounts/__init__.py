"""Accounts: how a company, its people and their programs come in, and who may do what there."""

from tasks.accounts.companies import (
    NEW_COMPANY_STEPS,
    CompanyDraft,
    create_company,
    edit_company,
    get_company,
    has_any_company,
    sign_up_company,
)
from tasks.accounts.identity import CompanyChoice, Identity, identify_session, identify_token, touch_session
from tasks.accounts.invitations import (
    InvitationView,
    accept_invitation,
    find_invitation,
    invite_person,
    list_invitations,
    resend_invitation,
    revoke_invitation,
)
from tasks.accounts.login import TooManyAttempts, log_in
from tasks.accounts.people import change_roles, deactivate_person, get_person, list_people, reactivate_person
from tasks.accounts.profile import change_password, update_profile
from tasks.accounts.sessions import (
    end_other_sessions,
    end_session,
    list_sessions,
    log_out,
    switch_company,
)
from tasks.accounts.tokens import create_token, list_tokens, revoke_token

__all__ = [
    "NEW_COMPANY_STEPS",
    "CompanyChoice",
    "CompanyDraft",
    "Identity",
    "InvitationView",
    "TooManyAttempts",
    "accept_invitation",
    "change_password",
    "change_roles",
    "create_company",
    "create_token",
    "deactivate_person",
    "edit_company",
    "end_other_sessions",
    "end_session",
    "find_invitation",
    "get_company",
    "get_person",
    "has_any_company",
    "identify_session",
    "identify_token",
    "invite_person",
    "list_invitations",
    "list_people",
    "list_sessions",
    "list_tokens",
    "log_in",
    "log_out",
    "reactivate_person",
    "resend_invitation",
    "revoke_invitation",
    "revoke_token",
    "sign_up_company",
    "switch_company",
    "touch_session",
    "update_profile",
]
