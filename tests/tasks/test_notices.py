"""Notices: one row in the decision, then each person told once, where and when they want it."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from models.access import Actor, Permission
from models.accounts import Membership, User
from models.db import db
from models.errors import Invalid
from models.notices import Digest, DigestLine, NoticeEvent, Notification, OutboxMessage
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import cleanup, notices
from tasks.boundary import command
from tasks.notices import PreferenceDraft
from tests.support.notices import BASE_URL, CLOCK, tell_everybody

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=SHANGHAI)
People = dict[str, Actor]


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tell(app: Flask, people: People) -> Callable[..., int]:
    """Something happens that people are to be told, and the clock looks. Returns how many events were expanded."""

    def run(*names: str, topic: str = "task.open", key: str = "k", subject: str = "request:1", **more: str) -> int:
        _notify(app, people, [people[name].user_id or 0 for name in names], topic, key, subject, more)
        return tell_everybody(app)

    return run


def _notify(
    app: Flask, people: People, ids: list[int], topic: str, key: str, subject: str, more: dict[str, str]
) -> None:
    @command(Permission.CLOCK_RUN)
    def happen(actor: Actor) -> None:
        fields = {"number": "KP-1", "customer": "Tencent", "amount": "106.00"}
        notices.notify(actor.company_id or 0, ids, topic, subject, key=key, **fields | more)

    with app.app_context():
        happen(CLOCK.at(people["alice"].company_id or 0))


def choose(app: Flask, actor: Actor, **changes: Any) -> None:
    with app.app_context():
        notices.save_preferences(actor, PreferenceDraft(**{"wanted": _wanted(actor)} | changes))


def _wanted(actor: Actor) -> frozenset[str]:
    return notices.read_preferences(actor).wanted


def rows(app: Flask, statement: Any) -> list[Any]:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return list(db.session.scalars(statement))


def mails(app: Flask) -> list[OutboxMessage]:
    return rows(app, select(OutboxMessage).order_by(OutboxMessage.id))


def test_a_decision_writes_one_row_for_any_number_of_people(app: Flask, people: People) -> None:
    said: list[str] = []

    def listen(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    _notify(app, people, [actor.user_id or 0 for actor in people.values()], "task.open", "k", "request:1", {})
    event.remove(engine, "before_cursor_execute", listen)
    assert [text.split(" (")[0] for text in said if not text.startswith("BEGIN")] == ["INSERT INTO notice_event"]
    assert rows(app, select(Notification)) == []


def test_each_person_gets_a_note_and_a_mail_once(app: Flask, people: People, tell: Callable[..., int]) -> None:
    assert tell("bob", "bea") == 1
    assert tell_everybody(app) == 0
    told = rows(app, select(Notification.user_id))
    assert sorted(told) == sorted([people["bob"].user_id, people["bea"].user_id])
    assert {mail.recipient for mail in mails(app)} == {"bob@acme.example", "bea@acme.example"}


def test_what_was_rolled_back_is_told_to_nobody(app: Flask, people: People) -> None:
    @command(Permission.CLOCK_RUN)
    def fail(actor: Actor) -> None:
        notices.notify(actor.company_id or 0, [people["bob"].user_id or 0], "task.open", "request:1", key="k")
        raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        fail(CLOCK.at(people["alice"].company_id or 0))
    assert tell_everybody(app) == 0


def test_two_clocks_at_once_tell_everybody_once(app: Flask, people: People) -> None:
    bob = people["bob"].user_id or 0
    for number in range(40):
        _notify(app, people, [bob], "task.open", f"k{number}", "request:1", {})
    together, failures = threading.Barrier(2), []

    def look() -> None:
        together.wait()
        try:
            tell_everybody(app)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(rows(app, select(Notification.id))) == 40
    assert len(mails(app)) == 40
    assert rows(app, select(NoticeEvent.id).where(NoticeEvent.expanded_at.is_(None))) == []


def test_who_has_left_is_not_told(app: Flask, people: People, tell: Callable[..., int]) -> None:
    with app.app_context():
        db.session.get_one(User, people["bob"].user_id).is_active = False
        bea = db.session.scalars(select(Membership).where(Membership.user_id == people["bea"].user_id)).one()
        bea.is_active = False
        db.session.commit()
    tell("bob", "bea", "carol", "fiona")
    assert [mail.recipient for mail in mails(app)] == ["fiona@acme.example"], "Carol works elsewhere"


def test_a_role_is_told_as_it_is_when_the_clock_looks(app: Flask, people: People, tell: Callable[..., int]) -> None:
    tell(role="approver")
    assert {mail.recipient for mail in mails(app)} == {"bob@acme.example", "bea@acme.example"}


def test_an_event_of_a_topic_that_is_no_more_stops_no_other(app: Flask, people: People) -> None:
    _notify(app, people, [people["bob"].user_id or 0], "task.open", "old", "request:1", {})
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.scalars(select(NoticeEvent)).one().topic = "task.gone"
        db.session.commit()
    _notify(app, people, [people["bob"].user_id or 0], "task.open", "new", "request:1", {})
    assert tell_everybody(app) == 2
    assert len(mails(app)) == 1


@pytest.mark.parametrize("topic", sorted(notices.TOPICS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_topic_makes_a_sentence_also_where_a_field_is_missing(topic: str, language: str) -> None:
    assert "{" not in notices.sentence(topic, {"number": "KP-1"}, language)


def test_a_mail_says_what_it_is_about_in_the_readers_language(
    app: Flask, people: People, tell: Callable[..., int]
) -> None:
    with app.app_context():
        db.session.get_one(User, people["bob"].user_id).language = "zh"
        db.session.commit()
    tell("bob", topic="task.urged", person="Alice", comment="Please, today")
    (mail,) = mails(app)
    for part in ("KP-1", "Tencent", "106.00", "Alice", "Please, today", f"{BASE_URL}/notices/to/request:1"):
        assert part in mail.body
    assert "客户" in mail.body


def test_nobody_is_told_by_a_channel_they_switched_off(app: Flask, people: People, tell: Callable[..., int]) -> None:
    with app.app_context():
        wanted = notices.read_preferences(people["bob"]).wanted
        notices.save_preferences(people["bob"], PreferenceDraft(wanted=wanted - {"waiting:mail", "results:bell"}))
    tell("bob")
    tell("bob", topic="request.approved", key="k2")
    assert rows(app, select(Notification.topic)) == ["task.open"]
    assert [mail.title for mail in mails(app)] == ["KP-1 is approved and waits to be issued"]


@pytest.mark.parametrize(
    ("hour", "due"),
    [
        (21, NOON.replace(hour=21)),
        (23, NOON.replace(day=11, hour=8)),
        (7, NOON.replace(hour=8)),
        (8, NOON.replace(hour=8)),
    ],
)
def test_mail_waits_until_the_quiet_hours_end_and_the_bell_does_not(
    app: Flask, people: People, tell: Callable[..., int], traveller: Any, hour: int, due: datetime
) -> None:
    choose(
        app, people["bob"], quiet_from=time(22), quiet_until=time(8), wanted=frozenset({"waiting:mail", "waiting:bell"})
    )
    traveller.move_to(NOON.replace(hour=hour))
    tell("bob")
    assert mails(app)[0].due_at == due
    assert len(rows(app, select(Notification.id))) == 1


def test_quiet_hours_are_those_of_the_persons_own_clock(
    app: Flask, people: People, tell: Callable[..., int], traveller: Any
) -> None:
    choose(
        app,
        people["bob"],
        quiet_from=time(4),
        quiet_until=time(6),
        time_zone="Europe/Berlin",
        wanted=frozenset({"waiting:mail"}),
    )
    tell("bob")  # noon in Shanghai is five in the morning in Berlin
    assert mails(app)[0].due_at == datetime(2026, 3, 10, 6, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("passes", [True, False])
def test_what_is_urgent_passes_the_quiet_hours_if_the_person_says_so(
    app: Flask, people: People, tell: Callable[..., int], traveller: Any, passes: bool
) -> None:
    choose(
        app,
        people["bob"],
        quiet_from=time(11),
        quiet_until=time(13),
        urgent_passes=passes,
        wanted=frozenset({"urgent:mail"}),
    )
    tell("bob", topic="task.overdue")
    assert mails(app)[0].due_at == (NOON if passes else NOON.replace(hour=13))


def digest(app: Flask) -> int:
    with app.app_context():
        return notices.send_digests(CLOCK, base_url=BASE_URL)


@pytest.mark.parametrize(
    ("kind", "due"), [(Digest.HOURLY, NOON.replace(hour=13)), (Digest.DAILY, NOON.replace(day=11, hour=9))]
)
def test_a_digest_is_one_mail_with_the_list_once_for_its_slot(
    app: Flask, people: People, tell: Callable[..., int], traveller: Any, kind: Digest, due: datetime
) -> None:
    choose(app, people["bob"], digest=kind, wanted=frozenset({"waiting:mail", "results:mail"}))
    tell("bob", key="a", number="KP-1")
    traveller.shift(timedelta(minutes=10))
    tell("bob", key="b", number="KP-2", topic="request.approved")
    traveller.move_to(due - timedelta(seconds=1))
    assert (digest(app), mails(app)) == (0, [])
    traveller.move_to(due)
    assert (digest(app), digest(app)) == (1, 0)
    (mail,) = mails(app)
    assert "2 notices" in mail.title
    assert mail.body.index("KP-1") < mail.body.index("KP-2")
    assert rows(app, select(DigestLine.id)) == []


def test_two_clocks_write_a_digest_once(app: Flask, people: People, tell: Callable[..., int], traveller: Any) -> None:
    choose(app, people["bob"], digest=Digest.HOURLY, wanted=frozenset({"waiting:mail"}))
    for number in range(30):
        tell("bob", key=f"k{number}")
    traveller.shift(timedelta(hours=1))
    together, written = threading.Barrier(4), []

    def look() -> None:
        together.wait()
        written.append(digest(app))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [0, 0, 0, 1]
    assert [mail.body.count("KP-1") for mail in mails(app)] == [30]


def test_an_urgent_notice_waits_for_no_digest(app: Flask, people: People, tell: Callable[..., int]) -> None:
    choose(app, people["bob"], digest=Digest.DAILY, wanted=frozenset({"urgent:mail"}))
    tell("bob", topic="task.overdue")
    assert len(mails(app)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quiet_from": time(22)}, "quiet_until"),
        ({"quiet_until": time(8)}, "quiet_from"),
        ({"quiet_from": time(8), "quiet_until": time(8)}, "quiet_until"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_choices_that_make_no_sense_are_refused(
    session: None, people: People, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        notices.save_preferences(people["bob"], PreferenceDraft(wanted=frozenset(), **changes))
    assert refused.value.field == field


def test_what_was_told_long_ago_is_cleaned_away_and_what_waits_is_not(
    app: Flask, people: People, tell: Callable[..., int], traveller: Any
) -> None:
    tell("bob", key="told")
    _notify(app, people, [people["bob"].user_id or 0], "task.open", "waiting", "request:1", {})
    traveller.shift(timedelta(days=91))
    with app.app_context():
        cleanup.remove_expired(CLOCK)
    assert rows(app, select(NoticeEvent.key)) == ["waiting"]
    assert len(rows(app, select(Notification.id))) == 1
