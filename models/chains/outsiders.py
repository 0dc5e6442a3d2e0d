"""People from outside the company whom a step asks by a link in a mail: an auditor, the customer's contact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST_NAME: Final = 80
_MAIL = re.compile(r"[^@\s<>,;\"()]+@[^@\s<>,;\"()]+\.[^@\s.<>,;\"()]+")
_LONGEST_MAIL = 254


@dataclass(frozen=True)
class Outsider:
    """Who is asked from outside, and with which `weight` where a step weighs its answers."""

    name: str
    mail: str
    weight: int = 1

    @property
    def address(self) -> str:
        return f"{self.name} <{self.mail}>"


def read_mail(text: str) -> str | None:
    """A mail address as it is compared and kept: without spaces around it, in small letters. None for what is none."""
    mail = text.strip().lower()
    return mail if len(mail) <= _LONGEST_MAIL and mail.isprintable() and _MAIL.fullmatch(mail) else None


def read_name(text: str) -> str:
    """A name in one line and without the brackets that end it where an address follows."""
    return " ".join(re.sub(r"[<>]", " ", text).split())[:LONGEST_NAME]
