"""A person's own account: name, language, password."""

from __future__ import annotations

from models.access import Actor, Permission
from models.accounts import Company, User
from models.db import db
from models.errors import Invalid
from tasks import audit
from tasks.accounts import passwords
from tasks.accounts.login import prove_password
from tasks.accounts.sessions import end_sessions_of
from tasks.boundary import command, query, steps
from tasks.language import LANGUAGES


@command(Permission.ACCOUNT_SELF)
def update_profile(actor: Actor, *, name: str | None = None, language: str | None = None) -> None:
    """Change the actor's own name or language."""
    user = db.session.get_one(User, actor.user_id)
    if name is not None:
        if not name.strip():
            raise Invalid("Enter your name.", code="account.name_missing", field="name")
        user.name = name.strip()
    if language is not None:
        if language not in LANGUAGES:
            raise Invalid("“{language}” is not offered.", code="account.language", field="language", language=language)
        user.language = language
    audit.record(actor, "account.update_profile", f"user:{user.id}", name=user.name, language=user.language)


@steps
def change_password(actor: Actor, *, current: str, new: str, session_id: int | None = None, address: str = "") -> None:
    """Set a new password and end every other session. Raises `Invalid` when `current` is not the password."""
    email, words = _judging_words(actor)
    try:
        prove_password(email, current, address=address)
    except Invalid as error:
        raise Invalid("This is not your current password.", code="account.password_wrong", field="current") from error
    passwords.check_strength(new, field="new", words=words)
    _set_password(actor, passwords.hash_password(new), session_id)


@query(Permission.ACCOUNT_SELF)
def _judging_words(actor: Actor) -> tuple[str, tuple[str, ...]]:
    user = db.session.get_one(User, actor.user_id)
    company = db.session.get_one(Company, actor.company_id)
    return user.email, (user.name, user.email, company.name)


@command(Permission.ACCOUNT_SELF)
def _set_password(actor: Actor, password_hash: str, session_id: int | None) -> None:
    db.session.get_one(User, actor.user_id).password_hash = password_hash
    end_sessions_of(actor.user_id, but=session_id)
    audit.record(actor, "account.change_password", f"user:{actor.user_id}")
