"""The audit log and the bell in the browser: what was done, and what one was told."""

import re
from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db, utc_now
from models.notices import Notification
from models.tenancy import serve_company
from tests.conftest import Browser

AsUser = Callable[[str], Browser]


def tell(app: Flask, person: Actor, subject: str) -> None:
    with app.app_context():
        serve_company(person.company_id)
        fields = {"number": "KP-1", "comment": "wrong header"}
        db.session.add(Notification(user_id=person.user_id, topic="request.returned", fields=fields, subject=subject))
        db.session.commit()


def test_the_audit_log_shows_what_was_done_and_proves_itself(as_user: AsUser) -> None:
    otto = as_user("otto")
    assert "company.create" in otto.get("/audit").text or "account" in otto.get("/audit").text
    assert "Nothing found" in otto.get("/audit?action=nothing.of.the.kind").text
    assert "is whole" in otto.post("/audit/verify", follow_redirects=True).text


def test_the_audit_log_is_for_those_who_may_read_it(as_user: AsUser) -> None:
    for name in ("alice", "bob", "fiona", "dora"):
        assert as_user(name).get("/audit").status_code == 403
        assert as_user(name).post("/audit/verify").status_code == 403


def test_the_bell_counts_what_was_not_read_and_leads_to_it(
    app: Flask, people: dict[str, Actor], as_user: AsUser
) -> None:
    tell(app, people["alice"], "request:12")
    alice = as_user("alice")
    page = alice.get("/notices").text
    assert "KP-1 was returned to you: wrong header" in page
    assert "1 unread notice" in page
    assert alice.get("/notices/to/request:12").headers["Location"] == "/requests/12"
    assert alice.post("/notices/read").status_code == 303
    assert "unread notice" not in alice.get("/notices").text


def test_nobody_reads_another_ones_notices(app: Flask, people: dict[str, Actor], as_user: AsUser) -> None:
    tell(app, people["alice"], "request:12")
    for name in ("bob", "carol"):
        assert "KP-1" not in as_user(name).get("/notices").text
    as_user("bob").post("/notices/read")
    with app.app_context():
        serve_company(people["alice"].company_id)
        assert db.session.scalars(select(Notification.read_at)).all() == [None]


def test_a_notice_leads_nowhere_else(as_user: AsUser) -> None:
    alice = as_user("alice")
    for subject in ("user:1", "request:x", "request:", "https:evil.example"):
        assert alice.get(f"/notices/to/{subject}").status_code == 404


def test_an_opened_notice_leads_to_its_subject_and_is_read(
    app: Flask, people: dict[str, Actor], as_user: AsUser
) -> None:
    tell(app, people["alice"], "request:12")
    alice = as_user("alice")
    (link,) = re.findall(r'href="(/notices/[0-9]+)"', alice.get("/notices").text)
    assert as_user("bob").get(link).status_code == 404
    assert "1 unread notice" in alice.get("/notices").text
    assert alice.get(link).headers["Location"] == "/requests/12"
    assert "unread notice" not in alice.get("/notices").text


def test_notices_are_filtered_by_kind_and_by_what_is_new(app: Flask, people: dict[str, Actor], as_user: AsUser) -> None:
    tell(app, people["alice"], "request:12")
    alice = as_user("alice")
    assert "KP-1" in alice.get("/notices?group=results").text
    assert "There is none of this kind" in alice.get("/notices?group=incidents").text
    assert "There is none of this kind" in alice.get("/notices?group=nonsense").text
    assert "KP-1" in alice.get("/notices?unread=true").text
    alice.post("/notices/read")
    assert "KP-1" not in alice.get("/notices?unread=true").text


def test_a_page_asks_for_its_figures_and_gets_an_answer_only_when_they_changed(
    app: Flask, people: dict[str, Actor], as_user: AsUser
) -> None:
    alice = as_user("alice")
    first = alice.get("/notices/counts")
    assert first.json["counts"] == {"bell": 0, "inbox.index": 0}
    assert alice.get("/notices/counts", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    tell(app, people["alice"], "request:12")
    second = alice.get("/notices/counts", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.json["counts"]["bell"]) == (200, 1)
    assert second.json["label"] == "1 unread notice"
    assert "inbox.index" not in as_user("otto").get("/notices/counts").json["counts"]


def test_a_page_that_asks_by_itself_keeps_no_session_alive(as_user: AsUser) -> None:
    alice = as_user("alice")
    now = utc_now()
    with time_machine.travel(now + timedelta(minutes=20), tick=False):
        assert alice.get("/notices/counts").status_code == 200
    with time_machine.travel(now + timedelta(minutes=40), tick=False):
        assert alice.get("/notices/counts", headers={"HX-Request": "true"}).status_code == 401
