"""The channels: a mail is what it should be, goes where it should go, and can be told from a repeat."""

import email
import smtplib
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from tasks.channels import Letter, MailFolder, MailServer, Undeliverable, compose, open_channels

SENDER = Address(addr_spec="piaoflow@acme.example")


def a_letter(**changes: Any) -> Letter:
    values = {"key": "k", "recipient": "bob@acme.example", "title": "申请 KP-1", "body": "请审批。"}
    return Letter(created_at=datetime(2026, 3, 10, tzinfo=UTC), **(values | changes))


def test_a_mail_folder_holds_one_file_for_a_message_however_often_it_is_sent(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path / "mail", SENDER)
    folder.send(a_letter())
    folder.send(a_letter())
    (path,) = (tmp_path / "mail").iterdir()
    mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "申请 KP-1"
    assert mail["To"] == "bob@acme.example"
    assert mail["From"] == "piaoflow@acme.example"
    assert mail.get_content().strip() == "请审批。"


def test_a_mail_sent_again_has_the_same_id_and_another_mail_another() -> None:
    first, again, other = compose(a_letter(), SENDER), compose(a_letter(), SENDER), compose(a_letter(key="k2"), SENDER)
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


def test_a_title_cannot_add_a_header() -> None:
    mail = compose(a_letter(title="Hello\r\nBcc: eve@evil.example\n\nBody"), SENDER)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: eve@evil.example Body"


@pytest.mark.parametrize(
    "recipient",
    ["bob@acme.example\nBcc: eve@evil.example", "", "nobody", "a@b@c", "bob@acme.example, eve@evil.example"],
)
def test_a_wrong_address_is_refused(recipient: str) -> None:
    with pytest.raises(Undeliverable):
        compose(a_letter(recipient=recipient), SENDER)


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "smtp://mail:port", "mail.example"])
def test_a_wrong_mail_server_is_refused_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        open_channels(smtp_url=url, mail_from="a@b.example", mail_dir=tmp_path)


class Smtp:
    """Stands in for `smtplib.SMTP`: says what it offers, remembers what was asked of it."""

    offers_tls = True
    refuses: ClassVar[dict[str, tuple[int, bytes]]] = {}
    calls: ClassVar[list[Any]] = []

    def __init__(self, host: str, port: int, timeout: float) -> None:
        type(self).calls = [("connect", host, port)]
        assert timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def ehlo(self) -> None:
        pass

    def has_extn(self, name: str) -> bool:
        return name == "starttls" and self.offers_tls

    def starttls(self, context: Any) -> None:
        assert context.check_hostname
        self.calls.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.calls.append(("login", user, password))

    def close(self) -> None:
        self.calls.append("close")

    def send_message(self, mail: Any) -> None:
        if self.refuses:
            raise smtplib.SMTPRecipientsRefused(self.refuses)
        self.calls.append(("send", mail["To"]))


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> type[Smtp]:
    class Fresh(Smtp):
        pass

    monkeypatch.setattr(smtplib, "SMTP", Fresh)
    return Fresh


def server(url: str, tmp_path: Path) -> Any:
    channel = open_channels(smtp_url=url, mail_from="piaoflow@acme.example", mail_dir=tmp_path)["mail"]
    assert isinstance(channel, MailServer)
    return channel


def test_a_mail_goes_out_over_tls_with_the_password_decoded(smtp: type[Smtp], tmp_path: Path) -> None:
    server("smtp://piao:p%40ss@mail.example:2525", tmp_path).send(a_letter())
    assert smtp.calls == [
        ("connect", "mail.example", 2525),
        "starttls",
        ("login", "piao", "p@ss"),
        ("send", "bob@acme.example"),
    ]


def test_a_password_is_never_sent_in_the_clear(smtp: type[Smtp], tmp_path: Path) -> None:
    smtp.offers_tls = False
    with pytest.raises(ConnectionError, match="TLS"):
        server("smtp://piao:secret@mail.example", tmp_path).send(a_letter())
    assert not any("login" in call for call in smtp.calls)


def test_a_mailbox_that_does_not_exist_is_final_and_a_full_one_is_not(smtp: type[Smtp], tmp_path: Path) -> None:
    smtp.refuses = {"bob@acme.example": (550, b"no such user")}
    with pytest.raises(Undeliverable):
        server("smtp://mail.example", tmp_path).send(a_letter())
    smtp.refuses = {"bob@acme.example": (452, b"mailbox full")}
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        server("smtp://mail.example", tmp_path).send(a_letter())
