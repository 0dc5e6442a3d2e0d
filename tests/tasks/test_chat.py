"""Chat groups: administrators add them, their robots get what concerns the group, and nobody sees an address."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor, Permission
from models.audit import AuditEntry
from models.db import db
from models.errors import Invalid, NotAllowed, NotFound
from models.notices import ChatChannel, ChatKind, OutboxMessage
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import notices, outbox
from tasks.boundary import command
from tasks.chat_robots import ChatRobots
from tasks.notices import ChatDraft, PreferenceDraft
from tests.conftest import SECRET_KEY, Browser
from tests.support.notices import CLOCK, tell_everybody
from tests.tasks.test_outgoing import Host

URL = "https://qyapi.chat.example/cgi-bin/webhook/send?key=0b5c-very-secret"
SECRET = "SEC-also-secret"
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    host.body = b'{"errcode": 0, "errmsg": "ok"}'
    yield host
    host.close()


@pytest.fixture(autouse=True)
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def add(app: Flask, actor: Actor, kind: ChatKind = ChatKind.WECOM, **changes: Any) -> int:
    with app.app_context():
        draft = ChatDraft(**{"name": "Finance", "kind": kind, "url": URL, "language": "en"} | changes)
        return notices.add_chat_channel(actor, draft, secret_key=SECRET_KEY).id


def tell(app: Flask, people: People, *names: str, topic: str = "task.open", key: str = "k", **more: str) -> None:
    @command(Permission.CLOCK_RUN)
    def happen(actor: Actor) -> None:
        fields = {"number": "KP-1", "customer": "Tencent", "amount": "106.00"} | more
        ids = [people[name].user_id or 0 for name in names]
        notices.notify(actor.company_id or 0, ids, topic, "request:1", key=key, **fields)

    with app.app_context():
        happen(CLOCK.at(people["alice"].company_id or 0))
    tell_everybody(app)


def deliver(app: Flask, host: Host) -> int:
    class Nowhere:
        def send(self, _letter: object) -> None:
            pass

    channels = {"mail": Nowhere(), "chat": ChatRobots(SECRET_KEY, host.outgoing())}
    with app.app_context():
        return outbox.deliver_due(CLOCK, channels, secret_key=SECRET_KEY)


def messages(app: Flask) -> list[OutboxMessage]:
    return everything(app, select(OutboxMessage).where(OutboxMessage.channel == "chat").order_by(OutboxMessage.id))


def everything(app: Flask, statement: Any) -> list[Any]:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return list(db.session.scalars(statement))


def test_a_group_is_told_once_and_hears_whom_it_concerns(app: Flask, people: People, host: Host) -> None:
    add(app, people["ada"])
    tell(app, people, "bob", "bea")
    deliver(app, host)
    deliver(app, host)
    ((path, _headers, body),) = host.requests
    assert path == "/cgi-bin/webhook/send?key=0b5c-very-secret"
    said = json.loads(body)
    assert said["msgtype"] == "text"
    assert said["text"]["content"].startswith("Bob, Bea: KP-1 waits for you: Tencent, 106.00\n")
    assert messages(app)[0].sent_at is not None


def test_a_group_hears_only_what_it_is_for_and_of_whom_it_is_wanted(app: Flask, people: People) -> None:
    add(app, people["ada"], groups=["waiting"])
    tell(app, people, "bob", topic="task.overdue", key="a")
    with app.app_context():
        notices.save_preferences(people["bob"], PreferenceDraft(wanted=frozenset()))
    tell(app, people, "bob", key="b")
    assert messages(app) == []
    tell(app, people, "bob", "bea", key="c")
    assert [message.title.split(":")[0] for message in messages(app)] == ["Bea"]


def test_another_companys_group_hears_nothing(app: Flask, people: People) -> None:
    add(app, people["carl"])
    tell(app, people, "bob")
    assert messages(app) == []


def test_chat_waits_until_the_quiet_hours_end(app: Flask, people: People, host: Host, traveller: Any) -> None:
    add(app, people["ada"])
    with app.app_context():
        wanted = frozenset({"waiting:chat"})
        draft = PreferenceDraft(wanted=wanted, quiet_from=time(11), quiet_until=time(14))
        notices.save_preferences(people["bob"], draft)
    tell(app, people, "bob")
    deliver(app, host)
    assert host.requests == []
    traveller.shift(timedelta(hours=2))
    assert deliver(app, host) == 1


def test_dingtalk_gets_a_signed_address(app: Flask, people: People, host: Host) -> None:
    add(app, people["ada"], ChatKind.DINGTALK, secret=SECRET)
    tell(app, people, "bob")
    deliver(app, host)
    asked = parse_qs(urlsplit(host.requests[0][0]).query)
    expected = hmac.new(SECRET.encode(), f"{asked['timestamp'][0]}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(asked["sign"][0]) == expected
    assert asked["timestamp"] == [str(int(NOON.timestamp() * 1000))]


def test_feishu_gets_its_signature_in_the_message_and_nobody_calls_everybody(
    app: Flask, people: People, host: Host
) -> None:
    host.body = b'{"code": 0, "msg": "success"}'
    add(app, people["ada"], ChatKind.FEISHU, secret=SECRET)
    tell(app, people, "bob", customer='<at user_id="all">')
    deliver(app, host)
    said = json.loads(host.requests[0][2])
    key = f"{int(NOON.timestamp())}\n{SECRET}".encode()
    assert base64.b64decode(said["sign"]) == hmac.new(key, b"", hashlib.sha256).digest()
    assert said["timestamp"] == str(int(NOON.timestamp()))
    assert "<" not in said["content"]["text"]
    assert messages(app)[0].sent_at is not None


def test_a_program_gets_json_with_a_key_to_recognise_repeats_and_a_signature(
    app: Flask, people: People, host: Host
) -> None:
    host.body = b""
    add(app, people["ada"], ChatKind.JSON, secret=SECRET)
    tell(app, people, "bob")
    deliver(app, host)
    ((_path, headers, body),) = host.requests
    assert json.loads(body)["key"].startswith("k:chat:")
    assert headers["X-Piaoflow-Signature"] == f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"
    assert messages(app)[0].sent_at is not None


@pytest.mark.parametrize(
    ("status", "body", "is_tried_again"),
    [
        (500, b"", True),
        (429, b"", True),
        (200, b'{"errcode": 45009, "errmsg": "api freq out of limit"}', True),
        (200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}', False),
        (200, b"<html>", False),
        (200, b"[]", False),
        (200, b'{"errcode": "x"}', False),
        (302, b"", False),
        (404, b"", False),
    ],
)
def test_what_may_pass_is_tried_again_and_what_may_not_is_told(
    app: Flask, people: People, host: Host, traveller: Any, status: int, body: bytes, is_tried_again: bool
) -> None:
    host.status, host.body = status, body
    add(app, people["ada"])
    tell(app, people, "bob")
    deliver(app, host)
    (message,) = messages(app)
    assert message.sent_at is None
    assert message.error
    assert (message.due_at is not None) == is_tried_again
    assert "secret" not in message.error


def test_an_address_on_our_own_network_gets_nothing(app: Flask, people: People, host: Host) -> None:
    add(app, people["ada"])
    tell(app, people, "bob")
    robots = ChatRobots(SECRET_KEY, host.outgoing("10.0.0.5"))
    with app.app_context():
        outbox.deliver_due(CLOCK, {"chat": robots}, secret_key=SECRET_KEY)
    assert host.requests == []
    assert "not on the public internet" in messages(app)[0].error


@pytest.mark.parametrize("change", ["off", "removed"])
def test_what_waits_for_a_group_that_is_no_more_is_not_sent(
    app: Flask, people: People, host: Host, change: str
) -> None:
    channel_id = add(app, people["ada"])
    tell(app, people, "bob")
    with app.app_context():
        if change == "off":
            notices.switch_chat_channel(people["ada"], channel_id=channel_id, is_on=False)
        else:
            notices.remove_chat_channel(people["ada"], channel_id=channel_id)
    deliver(app, host)
    assert host.requests == []
    tell(app, people, "bea", key="later")
    assert len(messages(app)) == 1


def test_address_and_secret_are_neither_kept_shown_nor_logged_in_clear(
    app: Flask, people: People, host: Host, as_user: AsUser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    add(app, people["ada"], secret=SECRET)
    tell(app, people, "bob")
    host.status = 404
    deliver(app, host)
    rows = [*everything(app, select(ChatChannel)), *messages(app), *everything(app, select(AuditEntry))]
    seen = " ".join([*(str(vars(row)) for row in rows), as_user("ada").get("/company/notices").text, caplog.text])
    assert "qyapi.chat.example/…cret" in seen
    for part in (URL, "0b5c", SECRET):
        assert part not in seen


def test_a_group_sealed_with_another_key_says_what_to_do(app: Flask, people: People, host: Host) -> None:
    add(app, people["ada"])
    tell(app, people, "bob")
    with app.app_context():
        outbox.deliver_due(CLOCK, {"chat": ChatRobots("another key", host.outgoing())})
    assert "enter it again" in messages(app)[0].error


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://chat.example/hook"}, "url"),
        ({"url": "https://me:pass@chat.example/"}, "url"),
        ({"name": ""}, "name"),
        ({"groups": []}, "groups"),
        ({"groups": ["nonsense"]}, "groups"),
    ],
)
def test_a_group_that_cannot_work_is_refused(app: Flask, people: People, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(app, people["ada"], **changes)
    assert refused.value.field == field


def test_only_administrators_of_the_company_keep_its_groups(app: Flask, people: People) -> None:
    channel_id = add(app, people["ada"])
    for name in ("alice", "bob", "fiona", "dora", "otto"):
        with pytest.raises(NotAllowed):
            add(app, people[name])
    with app.app_context(), pytest.raises(NotFound):
        notices.remove_chat_channel(people["carl"], channel_id=channel_id)


def test_an_administrator_adds_tries_switches_and_removes_a_group_in_the_browser(
    app: Flask, host: Host, as_user: AsUser
) -> None:
    ada = as_user("ada")
    form = {"name": "财务群", "kind": "wecom", "url": URL, "language": "zh", "groups": ["waiting", "urgent"]}
    refused = ada.post("/company/notices/chat", data=form | {"url": URL.replace("https", "http")})
    assert refused.status_code == 422
    assert "must begin with https://" in refused.text
    assert "0b5c" not in refused.text
    assert ada.post("/company/notices/chat", data=form).status_code == 303
    (channel,) = everything(app, select(ChatChannel))
    assert "none yet" in ada.get("/company/notices").text
    assert ada.post(f"/company/notices/chat/{channel.id}/test").status_code == 303
    assert "on its way" in ada.get("/company/notices").text
    deliver(app, host)
    assert "票流" in json.loads(host.requests[0][2])["text"]["content"]
    assert "arrived" in ada.get("/company/notices").text
    ada.post(f"/company/notices/chat/{channel.id}/switch", data={"is_on": "false"})
    assert "Switch on" in ada.get("/company/notices").text
    ada.post(f"/company/notices/chat/{channel.id}/remove")
    assert "财务群" not in ada.get("/company/notices").text
    assert as_user("bob").post("/company/notices/chat", data=form).status_code == 403
    assert as_user("bob").get("/company/notices").status_code == 403
