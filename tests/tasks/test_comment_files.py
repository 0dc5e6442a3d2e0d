"""Files beside comments and decisions: what may come in, to whom it belongs until it is said, and who may open it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor
from models.audit import AuditEntry
from models.db import db, utc_now
from models.errors import AppError, Invalid, NotAllowed, NotFound
from models.inbox import Upload
from models.notices import NoticeEvent
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import backups, cleanup, requests
from tasks.files import FileStore
from tasks.site import Site
from tests.support.approvals import act, submit, waiting

People = dict[str, Actor]
PDF = b"%PDF-1.7 contract"
PNG = b"\x89PNG\r\n\x1a\n picture"
CLOCK = Actor(None, is_system=True, origin="clock")


class Discussion:
    """A submitted request of Alice's that waits for Bob, and the files that people send to it."""

    def __init__(self, app: Flask, people: People, folder: Path) -> None:
        self.app, self.people = app, people
        self.store = FileStore(folder)
        self.request_id = submit(app, people["alice"])
        self.task_id = waiting(app, people, self.request_id)["bob"]

    def send(self, who: str, name: str = "contract.pdf", data: bytes = PDF, *, request_id: int | None = None) -> int:
        """Send a file for a comment; its id."""
        with self.app.app_context():
            about = request_id or self.request_id
            return requests.add_upload(self.people[who], store=self.store, request_id=about, name=name, data=data).id

    def say(self, who: str, text: str = "", **more: Any) -> None:
        act(self.app, self.people[who], "comment_on", request_id=self.request_id, text=text, **more)

    def decide(self, who: str, decision: str, **more: Any) -> None:
        act(self.app, self.people[who], "decide", task_id=self.task_id, decision=decision, **more)

    def lines(self) -> list[tuple[str, str, list[str]]]:
        """The timeline: action, comment and names of files."""
        with self.app.app_context():
            found = requests.list_timeline(self.people["alice"], self.request_id)
            return [(line.action, line.comment, [file["name"] for file in line.files or ()]) for line in found]

    def read(self, who: str, number: int = 1, *, request_id: int | None = None) -> bytes:
        """Open a file of the newest line."""
        with self.app.app_context():
            last = requests.list_timeline(self.people["alice"], self.request_id)[-1].id
        with self.app.app_context():
            about = request_id or self.request_id
            file, data = requests.read_comment_file(
                self.people[who], store=self.store, request_id=about, action_id=last, number=number
            )
            assert file.size == len(data)
            return data

    def waiting_files(self) -> int:
        with self.app.app_context():
            serve_company(ALL_COMPANIES)
            return db.session.scalar(select(func.count(Upload.id))) or 0


@pytest.fixture
def discussion(app: Flask, people: People, tmp_path: Path) -> Discussion:
    return Discussion(app, people, tmp_path / "attachments")


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(utc_now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def refused() -> Callable[..., str]:
    """`refused(kind, operation, …)`: the code with which an operation is refused."""

    def attempt(kind: type[AppError], operate: Callable[..., object], *given: Any, **more: Any) -> str:
        with pytest.raises(kind) as error:
            operate(*given, **more)
        return error.value.code

    return attempt


def test_files_stand_beside_the_comment_and_come_back_as_they_were(discussion: Discussion) -> None:
    files = [discussion.send("bob"), discussion.send("bob", "folder/照片.png", PNG)]
    discussion.say("bob", "As agreed", files=files)
    assert discussion.lines()[-1] == ("comment", "As agreed", ["contract.pdf", "照片.png"])
    assert [discussion.read("alice", number) for number in (1, 2)] == [PDF, PNG]
    assert discussion.waiting_files() == 0


def test_a_comment_may_be_nothing_but_files(discussion: Discussion) -> None:
    discussion.say("bob", " ", files=[discussion.send("bob")])
    assert discussion.lines()[-1] == ("comment", "", ["contract.pdf"])


def test_who_is_mentioned_is_told_of_files_without_a_text_by_their_names(
    app: Flask, people: People, discussion: Discussion
) -> None:
    discussion.say("bob", files=[discussion.send("bob")], mentions=[people["bea"].user_id])
    with app.app_context():
        serve_company(people["ada"].company_id)
        event = db.session.scalars(select(NoticeEvent).where(NoticeEvent.topic == "task.mentioned")).one()
        assert event.fields["comment"] == "contract.pdf"


@pytest.mark.parametrize(("decision", "comment"), [("approve", ""), ("return", "See the file"), ("reject", "No")])
def test_a_decision_may_carry_files(discussion: Discussion, decision: str, comment: str) -> None:
    discussion.decide("bob", decision, comment=comment, files=[discussion.send("bob")])
    assert (decision, comment, ["contract.pdf"]) in discussion.lines()


def test_files_are_no_reason(discussion: Discussion, refused: Callable[..., str]) -> None:
    file = discussion.send("bob")
    assert refused(Invalid, discussion.decide, "bob", "return", files=[file]) == "task.reason"
    assert discussion.waiting_files() == 1


def test_files_of_a_comment_that_is_refused_wait_for_the_next_try(
    discussion: Discussion, refused: Callable[..., str]
) -> None:
    file = discussion.send("bob")
    assert refused(Invalid, discussion.say, "bob", "x" * 1001, files=[file]) == "task.comment"
    discussion.say("bob", "Shorter", files=[file])
    assert discussion.lines()[-1] == ("comment", "Shorter", ["contract.pdf"])


@pytest.mark.parametrize(
    ("name", "data"), [("a.pdf", b""), ("a.exe", b"MZ"), ("a.pdf", b"<html>"), ("a.pdf", PDF + b"x" * 10 * 1024**2)]
)
def test_what_is_no_attachment_of_a_request_is_none_of_a_comment(
    discussion: Discussion, name: str, data: bytes
) -> None:
    with pytest.raises(Invalid, match=name) as error:
        discussion.send("bob", name, data)
    assert (error.value.field, discussion.waiting_files()) == ("files", 0)


def test_a_comment_has_at_most_twenty_files(discussion: Discussion, refused: Callable[..., str]) -> None:
    files = [discussion.send("bob", f"{number}.pdf") for number in range(21)]
    assert refused(Invalid, discussion.say, "bob", "All of them", files=files) == "upload.too_many"
    discussion.say("bob", "Most of them", files=files[:20])
    assert len(discussion.lines()[-1][2]) == 20


def test_only_ones_own_files_for_this_request_and_each_once(
    app: Flask, people: People, discussion: Discussion, refused: Callable[..., str]
) -> None:
    other_request = submit(app, people["alice"], "107.00")
    others, elsewhere = discussion.send("alice"), discussion.send("bob", request_id=other_request)
    for file in (others, elsewhere, 999):
        assert refused(NotFound, discussion.say, "bob", "Mine", files=[file]) == "upload.not_found"
    mine = discussion.send("bob")
    discussion.say("bob", "Mine", files=[mine, mine])
    assert discussion.lines()[-1] == ("comment", "Mine", ["contract.pdf"])
    assert refused(NotFound, discussion.say, "bob", "Again", files=[mine]) == "upload.not_found"


def test_who_may_not_comment_sends_no_file(discussion: Discussion, refused: Callable[..., str]) -> None:
    assert refused(NotAllowed, discussion.send, "otto") == "permission.missing"  # an auditor reads everything
    for stranger in ("dora", "carl"):
        assert refused(AppError, discussion.send, stranger) in ("permission.missing", "request.not_found")


def test_who_does_not_see_the_request_opens_no_file_of_it(
    app: Flask, people: People, discussion: Discussion, refused: Callable[..., str]
) -> None:
    discussion.say("bob", files=[discussion.send("bob")])
    for reader in ("alice", "bob", "fiona", "otto"):
        assert discussion.read(reader) == PDF
    for stranger in ("dora", "carol", "carl"):
        assert refused(NotFound, discussion.read, stranger) == "request.not_found"
    discussion.say("bob", "Look", files=[discussion.send("bob")], mentions=[people["dora"].user_id])
    assert discussion.read("dora") == PDF


def test_a_file_is_found_at_its_own_request_only(
    app: Flask, people: People, discussion: Discussion, refused: Callable[..., str]
) -> None:
    discussion.say("bob", files=[discussion.send("bob")])
    for number in (0, 2, -1):
        assert refused(NotFound, discussion.read, "bob", number) == "attachment.not_found"
    elsewhere = submit(app, people["alice"], "107.00")
    assert refused(NotFound, discussion.read, "bob", request_id=elsewhere) == "attachment.not_found"


def test_the_audit_log_has_the_hash_of_each_file(app: Flask, people: People, discussion: Discussion) -> None:
    discussion.say("bob", "As agreed", files=[discussion.send("bob")])
    with app.app_context():
        serve_company(people["ada"].company_id)
        wanted = select(AuditEntry.body).where(AuditEntry.action == "request.comment")
        body = db.session.scalars(wanted).one()
        assert FileStore(discussion.store.root).put(PDF) in str(body)


@pytest.mark.parametrize(("language", "word"), [("zh", "附件：contract.pdf"), ("en", "Attached: contract.pdf")])
def test_the_approval_sheet_names_the_files(
    app: Flask, people: People, discussion: Discussion, language: str, word: str
) -> None:
    discussion.decide("bob", "approve", comment="Fine", files=[discussion.send("bob")])
    discussion.say("bob", files=[discussion.send("bob")])
    with app.app_context():
        sheet = requests.build_sheet(people["alice"], request_id=discussion.request_id, language=language)
    assert [step.comment for step in sheet.steps] == ["", f"Fine; {word}", word]


def test_files_that_were_sent_and_never_said_are_forgotten_after_a_week(
    app: Flask, discussion: Discussion, traveller: Any
) -> None:
    discussion.say("bob", files=[discussion.send("bob")])
    discussion.send("bob", "forgotten.pdf")
    traveller.shift(timedelta(days=6))
    discussion.send("bob", "new.pdf")
    for days, left in ((0, 2), (2, 1)):
        traveller.shift(timedelta(days=days))
        with app.app_context():
            cleanup.remove_expired(CLOCK)
        assert discussion.waiting_files() == left
    assert discussion.read("alice") == PDF


def test_files_of_comments_are_in_backups(discussion: Discussion, app: Flask, tmp_path: Path) -> None:
    discussion.say("bob", files=[discussion.send("bob")])
    site = Site(
        attachments_dir=discussion.store.root,
        backups_dir=tmp_path / "backups",
        secret_key="key",
        backup_keep="7d",
        channels={},
    )
    with app.app_context():
        archive = site.backups_dir / backups.take(Actor(None, is_system=True, origin="test"), site).file_name
    backups.restore(archive, tmp_path / "restored", "key")
    discussion.store = FileStore(tmp_path / "restored" / "attachments")
    assert discussion.read("alice") == PDF
