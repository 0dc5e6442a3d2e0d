"""Deciding by a link in a mail: it works once, for one person, and looking at it changes nothing."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor, Permission
from models.accounts import LoginThrottle, Membership, User
from models.audit import AuditEntry
from models.db import db, utc_now
from models.notices import MailLink, OutboxMessage
from models.processes import HumanTask
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import inbox, mail_links, notices, outbox
from tasks.boundary import command
from tasks.channels import Letter
from tasks.notices import PreferenceDraft
from tests.conftest import SECRET_KEY, Browser
from tests.support.notices import BASE_URL, CLOCK, tell_everybody
from tests.support.requests import make_customer, make_request

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


class Mailbox:
    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture
def mailbox(app: Flask, people: People) -> Mailbox:
    """Alice has submitted a request; everybody's mail has been delivered."""
    with app.app_context():
        make_request(people["alice"], make_customer(people["alice"]))
    return deliver(app)


def deliver(app: Flask) -> Mailbox:
    tell_everybody(app)
    mailbox = Mailbox()
    with app.app_context():
        outbox.deliver_due(CLOCK, {"mail": mailbox}, secret_key=SECRET_KEY)
    return mailbox


def link_of(mailbox: Mailbox, name: str = "bob", decision: str = "approve") -> str:
    (letter,) = [letter for letter in mailbox.letters if letter.recipient.startswith(f"{name}@")]
    (address,) = re.findall(rf"{BASE_URL}(/decide/\S+\?decision={decision})", letter.body)
    return str(address)


def task_of(app: Flask) -> HumanTask:
    return everything(app, HumanTask)[0]


def everything(app: Flask, kind: Any) -> list[Any]:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.query(kind).order_by(kind.id).all()


def press(browser: Browser, link: str, decision: str = "approve", comment: str = "", **headers: str) -> TestResponse:
    data = {"decision": decision, "comment": comment}
    return browser.post(link, data=data, headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"} | headers)


def test_the_mail_says_who_asks_what_for_and_carries_a_link_for_each_decision(mailbox: Mailbox) -> None:
    (letter,) = [letter for letter in mailbox.letters if letter.recipient == "bob@acme.example"]
    for part in ("KP-", "腾讯科技", "106.00", "Requested by: Alice", "Due: ", "Approve: ", "Return: ", "Reject: "):
        assert part in letter.body
    assert "{approval-link}" not in letter.body


def test_a_look_shows_the_request_and_changes_nothing(app: Flask, mailbox: Mailbox, client: Browser) -> None:
    for _ in range(2):
        page = client.get(link_of(mailbox))
        assert client.head(link_of(mailbox)).status_code == 200
    for part in ("KP-", "腾讯科技", "106.00", "You decide as Bob", "Nothing has happened yet"):
        assert part in page.text
    assert 'value="approve" checked' in page.text
    assert task_of(app).status == "open"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_press_decides_as_the_person_and_is_audited(
    app: Flask, mailbox: Mailbox, people: People, client: Browser
) -> None:
    answer = press(client, link_of(mailbox))
    assert answer.status_code == 200
    assert "Bob has decided: Approve" in answer.text
    task = task_of(app)
    assert (task.outcome, task.closed_by_id) == ("approve", people["bob"].user_id)
    entries = [entry for entry in everything(app, AuditEntry) if entry.action in ("task.decide", "task.mail_link")]
    assert {entry.user_id for entry in entries} == {people["bob"].user_id}
    assert all("mail link" in entry.body for entry in entries)
    assert len(entries) == 2


def test_a_link_works_once(app: Flask, mailbox: Mailbox, client: Browser) -> None:
    assert press(client, link_of(mailbox), "return").status_code == 422, "a reason is needed, and the link lives on"
    assert press(client, link_of(mailbox), "return", "Wrong header").status_code == 200
    again = press(client, link_of(mailbox))
    assert again.status_code == 409
    assert "Bob already handled this task" in again.text
    assert client.get(link_of(mailbox)).status_code == 409


def test_of_two_presses_at_once_one_counts(app: Flask, mailbox: Mailbox, people: People) -> None:
    token = link_of(mailbox).removeprefix("/decide/").partition("?")[0]
    with app.app_context():
        link_id, bob = mail_links._open(token, SECRET_KEY)
        mail_links._use_up(link_id)
    with app.app_context(), pytest.raises(mail_links.Conflict) as refused:
        mail_links._decide(bob, link_id, decision="approve", comment="")
    assert refused.value.code == "mail_link.used"
    assert task_of(app).status == "open"


@pytest.mark.parametrize("names", [("bob", "bob"), ("bob", "bea")])
def test_two_who_press_at_the_same_moment_decide_once(app: Flask, mailbox: Mailbox, names: tuple[str, str]) -> None:
    together, went = threading.Barrier(2), []

    def press_it(name: str) -> None:
        token = link_of(mailbox, name).removeprefix("/decide/").partition("?")[0]
        together.wait()
        with app.app_context():
            try:
                mail_links.decide_by_link(token, decision="approve", comment="", secret_key=SECRET_KEY)
                went.append("decided")
            except mail_links.Conflict as refusal:
                went.append(refusal.code)

    threads = [threading.Thread(target=press_it, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(went) == 2
    assert went.count("decided") == 1
    assert set(went) <= {"decided", "mail_link.used", "mail_link.closed", "task.closed"}
    decided = [entry for entry in everything(app, AuditEntry) if entry.action == "task.mail_link"]
    assert len(decided) == 1


def test_who_was_too_slow_learns_who_was_faster(app: Flask, mailbox: Mailbox, client: Browser) -> None:
    press(client, link_of(mailbox, "bea"))
    answer = press(client, link_of(mailbox, "bob"))
    assert answer.status_code == 409
    assert "Bea already handled this task" in answer.text


def test_a_link_expires_after_three_days(app: Flask, mailbox: Mailbox, client: Browser) -> None:
    link = link_of(mailbox)
    with time_machine.travel(utc_now() + timedelta(hours=72, seconds=1), tick=False):
        answer = press(client, link)
    assert answer.status_code == 409
    assert "has expired" in answer.text
    assert task_of(app).status == "open"


@pytest.mark.parametrize("who", ["user", "membership"])
def test_a_person_who_left_decides_nothing(
    app: Flask, mailbox: Mailbox, people: People, client: Browser, who: str
) -> None:
    with app.app_context():
        bob = db.session.query(Membership).filter_by(user_id=people["bob"].user_id).one()
        (bob if who == "membership" else db.session.get_one(User, bob.user_id)).is_active = False
        db.session.commit()
    answer = press(client, link_of(mailbox))
    assert answer.status_code == 404
    assert "no longer active" in answer.text
    assert task_of(app).status == "open"


def test_a_person_who_lost_the_role_is_told_and_the_link_is_dead(
    app: Flask, mailbox: Mailbox, people: People, client: Browser
) -> None:
    with app.app_context():
        db.session.query(Membership).filter_by(user_id=people["bob"].user_id).one().roles = ["auditor"]
        db.session.commit()
    assert press(client, link_of(mailbox)).status_code == 403
    assert task_of(app).status == "open"
    assert "was used before" in client.get(link_of(mailbox)).text


def test_a_changed_link_opens_nothing(app: Flask, mailbox: Mailbox, client: Browser) -> None:
    token = link_of(mailbox).removeprefix("/decide/").partition("?")[0]
    number, _dot, signature = token.partition(".")
    other = next(link.id for link in everything(app, MailLink) if link.id != int(number))
    for wrong in (
        f"{other}.{signature}",
        f"{number}.{'0' * 64}",
        f"99999.{signature}",
        "x",
        "9" * 40 + "." + signature,
    ):
        assert client.get(f"/decide/{wrong}").status_code == 404
        assert press(client, f"/decide/{wrong}").status_code == 404
    assert task_of(app).status == "open"


def test_neither_the_outbox_nor_the_link_holds_what_opens_it(app: Flask, mailbox: Mailbox) -> None:
    token = link_of(mailbox).removeprefix("/decide/").partition("?")[0]
    signature = token.partition(".")[2]
    for row in [*everything(app, OutboxMessage), *everything(app, MailLink)]:
        assert signature not in str(vars(row))


def test_another_site_cannot_press(app: Flask, mailbox: Mailbox, client: Browser) -> None:
    assert press(client, link_of(mailbox), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(link_of(mailbox), data={"decision": "approve"}, csrf=False).status_code == 400
    assert task_of(app).status == "open"


def test_a_company_can_switch_the_links_off(
    app: Flask, mailbox: Mailbox, people: People, client: Browser, as_user: AsUser
) -> None:
    assert as_user("bob").post("/company/notices/links", data={"is_on": "false"}).status_code == 403
    ada = as_user("ada")
    assert ada.post("/company/notices/links", data={"is_on": "false"}).status_code == 303
    assert "Switch the links on" in ada.get("/company/notices").text
    assert "switched such links off" in press(client, link_of(mailbox)).text
    with app.app_context():
        make_request(people["alice"], make_customer(people["alice"], "阿里巴巴（中国）有限公司", "91330100799655058B"))
    later = deliver(app)
    assert later.letters
    assert all("/decide/" not in letter.body for letter in later.letters)


def test_nobody_gets_a_link_to_their_own_request(app: Flask, mailbox: Mailbox, people: People) -> None:
    @command(Permission.CLOCK_RUN)
    def urge(actor: Actor, task_id: int) -> None:
        both = [people["alice"].user_id or 0, people["bob"].user_id or 0]
        notices.notify(actor.company_id or 0, both, "task.urged", f"task:{task_id}", key="urge", number="KP-1")

    task_id = task_of(app).id
    with app.app_context():
        urge(CLOCK.at(people["alice"].company_id or 0), task_id)
    with_link = {letter.recipient: "/decide/" in letter.body for letter in deliver(app).letters}
    assert with_link == {"alice@acme.example": False, "bob@acme.example": True}


@pytest.mark.parametrize("topic", ["task.copied", "task.mentioned"])
def test_who_only_hears_of_a_task_gets_no_link(app: Flask, mailbox: Mailbox, people: People, topic: str) -> None:
    with app.app_context():
        wanted = notices.read_preferences(people["bob"]).wanted | {"copies:mail"}
        notices.save_preferences(people["bob"], PreferenceDraft(wanted=wanted))

    @command(Permission.CLOCK_RUN)
    def copy(actor: Actor, task_id: int) -> None:
        subject = f"task:{task_id}"
        notices.notify(actor.company_id or 0, [people["bob"].user_id or 0], topic, subject, key="cc", number="KP-1")

    task_id = task_of(app).id
    with app.app_context():
        copy(CLOCK.at(people["alice"].company_id or 0), task_id)
    (letter,) = deliver(app).letters
    assert "/decide/" not in letter.body


def test_an_address_that_tries_many_wrong_links_has_to_wait(app: Flask, mailbox: Mailbox) -> None:
    codes = []
    for _ in range(40):
        with app.app_context(), pytest.raises(mail_links.AppError) as refused:
            mail_links.decide_by_link("1." + "0" * 64, decision="approve", comment="", secret_key=SECRET_KEY)
        codes.append(refused.value.code)
    assert codes[0] == "mail_link.unknown"
    assert codes[-1] == "login.throttled"


def test_inbox_is_what_decides(app: Flask, mailbox: Mailbox, people: People, client: Browser) -> None:
    press(client, link_of(mailbox))
    with app.app_context():
        assert inbox.count_open(people["fiona"]) == 1, "the chain went on"


def test_first_attempts_side_by_side_are_all_counted(app: Flask, people: People) -> None:
    together, codes = threading.Barrier(4), []

    def try_one() -> None:
        together.wait()
        with app.app_context():
            try:
                mail_links.decide_by_link(
                    "x", decision="approve", comment="", secret_key=SECRET_KEY, address="10.0.0.1"
                )
            except mail_links.AppError as refusal:
                codes.append(refusal.code)

    threads = [threading.Thread(target=try_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["mail_link.unknown"] * 4
    with app.app_context():
        assert [row.failures for row in db.session.query(LoginThrottle)] == [4]
