"""People from outside the company: a chain that asks them, and the links in their mails."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from models.access import Actor
from tasks import outbox
from tasks.channels import Letter
from tests.conftest import SECRET_KEY
from tests.support.notices import BASE_URL, CLOCK, tell_everybody

MING = {"name": "Ming", "mail": "ming@auditors.example"}
LI = {"name": "Li", "mail": "li@customer.example"}


@dataclass
class Mailbox:
    """Keeps what is sent."""

    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


def asks_outside(key: str, *outsiders: dict[str, Any], people: Sequence[Actor] = (), **more: Any) -> dict[str, Any]:
    """A step of a chain that asks people from outside, and colleagues beside them."""
    ids = [person.user_id for person in people]
    approvers = {"kind": "external", "outsiders": list(outsiders), "people": ids}
    return {"key": key, "title": key, "approvers": approvers, **more}


def mails_to(app: Flask, *mails: str) -> list[Letter]:
    """Send all that waits; the mails to these addresses among it, in the order of the addresses."""
    tell_everybody(app)
    mailbox = Mailbox()
    with app.app_context():
        outbox.deliver_due(CLOCK, {"mail": mailbox}, secret_key=SECRET_KEY)
    return [letter for mail in mails for letter in mailbox.letters if letter.recipient == mail]


def link_in(letter: Letter) -> str:
    """The path of the link in a mail."""
    (path,) = re.findall(rf"{BASE_URL}(/decide/\S+)", letter.body)
    return str(path)


def link_to(app: Flask, mail: str) -> str:
    """The path of the link in the one mail that waits for somebody from outside."""
    (letter,) = mails_to(app, mail)
    return link_in(letter)


def token_of(link: str) -> str:
    return link.removeprefix("/decide/")
