"""The ways out of the house. With `tasks/outgoing.py` the only file that talks to the network."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

_TIMEOUT_SECONDS = 20
_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Undeliverable(Exception):
    """This message can never be delivered: trying again is no use."""


@dataclass(frozen=True)
class Robot:
    """Where a chat message goes; `url` and `secret` are still sealed."""

    kind: str
    url: str
    secret: str


@dataclass(frozen=True)
class Letter:
    """A message ready to leave. `key` stays the same when it is sent again; `robot` belongs to chat messages."""

    key: str
    recipient: str
    title: str
    body: str
    created_at: datetime
    robot: Robot | None = None


class Channel(Protocol):
    def send(self, letter: Letter) -> None:
        """Deliver, or raise `Undeliverable`, or raise `OSError` when trying again later may help."""


def open_channels(*, smtp_url: str, mail_from: str, mail_dir: Path) -> Mapping[str, Channel]:
    """The channels of this installation by name. Mail goes into files while no server is set.

    Raises `ValueError` when `smtp_url` or `mail_from` cannot be used.
    """
    sender = _address(mail_from)
    mail: Channel = MailServer(_server(smtp_url), sender) if smtp_url else MailFolder(mail_dir, sender)
    return {"mail": mail}


@dataclass(frozen=True)
class MailFolder:
    """Writes each mail to a file instead of sending it."""

    folder: Path
    sender: Address

    def send(self, letter: Letter) -> None:
        message = compose(letter, self.sender)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{_digest(letter.key)}.eml"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(message.as_bytes())
        partial.rename(path)


@dataclass(frozen=True)
class MailServer:
    """Hands each mail to an SMTP server: TLS from the start (``smtps://``), or as soon as the server offers it."""

    server: SplitResult
    sender: Address

    def send(self, letter: Letter) -> None:
        message = compose(letter, self.sender)
        try:
            with self._connect() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            if all(code >= 500 for code, _reason in error.recipients.values()):
                raise Undeliverable(str(error)) from error
            raise

    def _connect(self) -> smtplib.SMTP:
        host, port = self.server.hostname or "", self.server.port or _PORTS[self.server.scheme]
        if self.server.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
            self._start_tls(smtp)
        if self.server.username:
            smtp.login(unquote(self.server.username), unquote(self.server.password or ""))
        return smtp

    def _start_tls(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
        elif self.server.username and self.server.hostname not in _LOOPBACK:
            smtp.close()
            raise ConnectionError("the mail server offers no TLS: the password is not sent in the clear")


def compose(letter: Letter, sender: Address) -> EmailMessage:
    """The mail, with the same Message-ID whenever it is sent again. Raises `Undeliverable` for a wrong address."""
    message = EmailMessage()
    try:
        message["From"] = sender
        message["To"] = Address(addr_spec=letter.recipient)
    except (MessageError, ValueError, IndexError) as error:
        raise Undeliverable(f"{letter.recipient!r} is not a mail address") from error
    # A line break in a subject would begin a header of the writer's choice.
    message["Subject"] = " ".join(letter.title.split())
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{_digest(letter.key)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(letter.body)
    return message


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise ValueError(f"{text!r} is not a mail address") from error


def _server(url: str) -> SplitResult:
    server = urlsplit(url)
    if server.scheme not in _PORTS or not server.hostname:
        raise ValueError("only smtp://[USER:PASSWORD@]HOST[:PORT] and smtps://… are supported")
    server.port  # noqa: B018  # raises ValueError for a port that is none
    return server
