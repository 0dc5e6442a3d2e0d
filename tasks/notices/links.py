"""The signed part of a link in a mail: a row's number and a signature that binds it to person, task and expiry.

A signature rather than a random secret: the mail waits in the outbox, and whoever reads the database or a backup of
it could use a secret that stands there. The signature is made while the mail is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from models.notices import MailLink

_TOKEN = re.compile(r"([1-9][0-9]{0,9})\.([0-9a-f]{64})")
_LARGEST_ID = 2**31 - 1


def sign_link(link: MailLink, secret_key: str) -> str:
    """The text that stands in the address."""
    who = link.user_id if link.signer_id is None else f"signer-{link.signer_id}"
    said = f"mail-link:{link.id}:{link.company_id}:{who}:{link.task_id}:{int(link.expires_at.timestamp())}"
    return f"{link.id}.{hmac.new(secret_key.encode(), said.encode(), hashlib.sha256).hexdigest()}"


def link_id_of(token: str) -> int | None:
    """The row that a token names; `is_signed` says whether it does so rightly. None for what cannot be a token."""
    match = _TOKEN.fullmatch(token)
    return int(match[1]) if match and int(match[1]) <= _LARGEST_ID else None


def is_signed(link: MailLink, token: str, secret_key: str) -> bool:
    """Whether `token` was made for `link` with this key."""
    return hmac.compare_digest(sign_link(link, secret_key), token)
