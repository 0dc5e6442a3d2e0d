"""The outbox: what it holds is delivered after the commit, at least once, recognisably."""

from collections.abc import Iterator
from datetime import timedelta
from email.headerregistry import Address
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db, utc_now
from models.notices import OutboxMessage
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import outbox
from tasks.channels import Letter, Undeliverable

CLOCK = Actor(None, is_system=True, origin="clock")
SENDER = Address(addr_spec="piaoflow@acme.example")


class Recorder:
    """A channel that fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[Letter] = []

    def send(self, letter: Letter) -> None:
        assert not db.session().in_transaction(), "something is sent while a transaction is open"
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(letter)


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(utc_now(), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def letter(app: Flask, people: dict[str, Actor], traveller: Any) -> None:
    put(app, people["alice"].company_id, "task:1")


def put(app: Flask, company_id: int | None, key: str, **changes: Any) -> None:
    values = {"channel": "mail", "recipient": "bob@acme.example", "title": "申请 KP-1", "body": "请审批。"} | changes
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.add(OutboxMessage(company_id=company_id, key=key, **values))
        db.session.commit()


def deliver(app: Flask, channel: Any) -> int:
    with app.app_context():
        return outbox.deliver_due(CLOCK, {"mail": channel})


def message(app: Flask) -> OutboxMessage:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.scalars(select(OutboxMessage)).one()


def test_a_message_is_sent_once_and_noted_as_sent(app: Flask) -> None:
    channel = Recorder()
    assert deliver(app, channel) == 1
    assert deliver(app, channel) == 0
    assert [letter.key for letter in channel.sent] == ["task:1"]
    assert message(app).sent_at is not None


def test_messages_of_every_company_are_sent(app: Flask, people: dict[str, Actor]) -> None:
    put(app, people["carol"].company_id, "task:2")
    channel = Recorder()
    assert deliver(app, channel) == 2


def test_more_than_one_batch_is_sent(app: Flask, people: dict[str, Actor]) -> None:
    for number in range(2, 30):
        put(app, people["alice"].company_id, f"task:{number}")
    assert deliver(app, Recorder()) == 29


def test_a_failed_message_is_tried_again_later_with_the_error_kept(app: Flask, traveller: Any) -> None:
    channel = Recorder(ConnectionRefusedError("no mail server"))
    assert deliver(app, channel) == 0
    assert message(app).error == "ConnectionRefusedError: no mail server"
    assert deliver(app, channel) == 0, "too early"
    traveller.shift(1)
    assert deliver(app, channel) == 1
    assert message(app).error == ""


def test_after_twelve_attempts_a_message_is_given_up(app: Flask, traveller: Any) -> None:
    channel = Recorder(*[OSError("down")] * 20)
    for _ in range(15):
        deliver(app, channel)
        traveller.shift(1000)
    assert len(channel.failures) == 8
    assert message(app).due_at is None


def test_a_message_that_can_never_arrive_is_not_tried_again(app: Flask, traveller: Any) -> None:
    channel = Recorder(Undeliverable("no such mailbox"))
    deliver(app, channel)
    traveller.shift(1000)
    assert deliver(app, channel) == 0
    assert message(app).error == "Undeliverable: no such mailbox"


def test_a_message_whose_sender_died_is_sent_again_under_the_same_key(app: Flask, traveller: Any) -> None:
    class Dying:
        def send(self, _letter: Letter) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(app, Dying())
    channel = Recorder()
    assert deliver(app, channel) == 0, "whoever claimed it may still be sending"
    traveller.shift(301)
    assert deliver(app, channel) == 1
    assert channel.sent[0].key == "task:1"


def test_who_lost_a_claim_does_not_settle_it(app: Flask, traveller: Any) -> None:
    second = Recorder()

    class Slow:
        def send(self, _letter: Letter) -> None:
            traveller.shift(301)
            assert deliver(app, second) == 1
            raise OSError("too late")

    deliver(app, Slow())
    assert message(app).sent_at is not None
    assert message(app).error == ""


def test_who_lost_a_claim_does_not_put_off_a_message_that_another_is_sending(app: Flask, traveller: Any) -> None:
    class Slow:
        def send(self, _letter: Letter) -> None:
            traveller.shift(301)
            with app.app_context():
                outbox._claim_due(CLOCK)
            raise OSError("too late")

    deliver(app, Slow())
    assert message(app).error == ""
    assert message(app).due_at == utc_now() + timedelta(minutes=5)
