"""Messages and signals between flows: one receiver or all, of the same company, once, after the sender's commit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engine.process import Sent
from models.access import Actor, Permission
from models.db import db, is_sqlite
from models.errors import Conflict, Invalid
from models.processes import InstanceStatus, ProcessInstance, ProcessStep, ProcessWait
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import processes
from tasks.boundary import command
from tasks.handlers import HANDLERS
from tasks.jobs import JobWorker, prepare_queue, run_pending
from tasks.processes.sending import send
from tasks.site import Site
from tests.engine.diagrams import chain, end, process, start, user
from tests.engine.events import MESSAGE, ON_MESSAGE, ON_SIGNAL, SIGNAL, catch, throw

People = dict[str, Actor]
WAIT = (
    start() + catch("wait", ON_MESSAGE, correlation="number", fields="amount") + end() + chain("start", "wait", "end")
)
ANY = start() + catch("wait", ON_MESSAGE, fields="amount") + end() + chain("start", "wait", "end")
LISTEN = start() + catch("wait", ON_SIGNAL, fields="x") + end() + chain("start", "wait", "end")


def sending(event: str, **values: str) -> str:
    """start → `go` → `tell` → end."""
    ask = user("go", form_key="approval", fields="n")
    return start() + ask + throw("tell", event, **values) + end() + chain("start", "go", "tell", "end")


class Post:
    """Flows of two companies, and the queue between them."""

    def __init__(self, app: Flask, people: People, database_url: str, folder: Path) -> None:
        self.app, self.people, self.url = app, people, database_url
        self.site = Site(attachments_dir=folder, backups_dir=folder, secret_key="secret", backup_keep="7d", channels={})
        self.count = 0
        with app.app_context():
            prepare_queue(Actor(None, is_system=True))
            if not is_sqlite(db.session()):
                with db.engine.begin() as connection:
                    connection.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE")

    def start(self, key: str, body: str, *, of: str = "alice", **data: Any) -> int:
        """A new instance of the flow `key`, whose newest version is `body`."""
        keeper = {"alice": "dora", "carol": "carl"}[of]
        extra = (MESSAGE if ON_MESSAGE in body else "") + (SIGNAL if ON_SIGNAL in body else "")
        with self.app.app_context():
            processes.publish_process(self.people[keeper], bpmn=process(body, extra=extra, process_id=key))
        self.count += 1
        with self.app.app_context():
            actor = self.people[of].as_process()
            return processes.start_process(actor, key=key, subject=("test", self.count), data=data).id

    def go(self, instance_id: int) -> None:
        """Let a sender throw, and everything be delivered."""
        with self.app.app_context():
            serve_company(self.people["bob"].company_id)
            (task,) = db.session.get_one(ProcessInstance, instance_id).tasks
            processes.complete_task(self.people["bob"].as_process(), task=task, answer={"n": 1}, outcome="done")
        self.work()

    def work(self) -> None:
        if self.url.startswith("sqlite"):
            run_pending(HANDLERS, self.site, self.app.app_context)
        else:
            for _ in range(2):  # jobs may ask for jobs
                JobWorker(HANDLERS, self.site, self.app.app_context, database_url=self.url).run_pending()

    def deliver(self, name: str, payload: Mapping[str, Any], correlation: Mapping[str, Any] | None = None) -> int:
        with self.app.app_context():
            alice = self.people["alice"].as_process()
            return processes.deliver_message(alice, name=name, payload=payload, correlation=correlation).id

    def send(self, instance_id: int, sent: list[Sent]) -> None:
        """Ask for deliveries in a transaction as an instance's run does."""

        @command(Permission.PROCESS_RUN)
        def run(_actor: Actor) -> None:
            send(db.session.get_one(ProcessInstance, instance_id), sent)

        with self.app.app_context():
            run(self.people["alice"].as_process())

    def done(self) -> list[int]:
        """The instances that are complete."""
        with self.app.app_context():
            serve_company(ALL_COMPANIES)
            complete = select(ProcessInstance.id).where(ProcessInstance.status == InstanceStatus.COMPLETED)
            return list(db.session.scalars(complete.order_by(ProcessInstance.id)))

    def data(self, instance_id: int) -> dict[str, Any]:
        with self.app.app_context():
            serve_company(ALL_COMPANIES)
            return processes.read_data(db.session.get_one(ProcessInstance, instance_id))


@pytest.fixture
def post(app: Flask, people: People, database_url: str, tmp_path: Path) -> Post:
    return Post(app, people, database_url, tmp_path)


def test_a_message_reaches_the_one_instance_that_waits_longest_for_its_correlation(post: Post) -> None:
    other, first, second = (post.start("receiver", WAIT, number=number) for number in ("B", "A", "A"))
    sender = post.start("sender", sending(ON_MESSAGE, payload="{amount: 5, more: 1}", correlation="number"), number="A")
    assert post.done() == []
    post.go(sender)
    assert post.done() == [first, sender]
    assert post.data(first) == {"number": "A", "amount": 5}
    assert {other, second}.isdisjoint(post.done())


def test_equal_correlations_are_found_whatever_the_type_of_their_numbers(post: Post) -> None:
    receiver = post.start("receiver", WAIT, number=7)
    assert post.deliver("paid", {"amount": 1}, {"key": 7}) == receiver
    with pytest.raises(Conflict):
        post.deliver("paid", {"amount": 1}, {"key": 7})


def test_an_event_without_a_correlation_takes_every_message_of_its_name(post: Post) -> None:
    receiver = post.start("receiver", ANY)
    assert post.deliver("paid", {"amount": 1}, {"key": "whatever"}) == receiver


def test_a_message_that_nobody_awaits_is_refused_and_one_that_is_thrown_is_lost(post: Post) -> None:
    with pytest.raises(Conflict) as refusal:
        post.deliver("paid", {})
    assert refusal.value.code == "message.not_expected"
    sender = post.start("sender", sending(ON_MESSAGE))
    post.go(sender)
    receiver = post.start("receiver", ANY)
    post.work()
    assert receiver not in post.done()


def test_a_message_brings_only_what_its_event_takes(post: Post) -> None:
    post.start("receiver", ANY)
    with pytest.raises(Invalid):
        post.deliver("paid", {"amount": 1, "request_id": 8})


def test_a_signal_reaches_all_that_wait_but_no_other_company(post: Post) -> None:
    mine = [post.start("receiver", LISTEN) for _ in range(3)]
    theirs = post.start("receiver", LISTEN, of="carol")
    sender = post.start("sender", sending(ON_SIGNAL, payload="{x: 1}"))
    post.go(sender)
    assert post.done() == [*mine, sender]
    assert theirs not in post.done()
    assert [post.data(instance)["x"] for instance in mine] == [1, 1, 1]


def test_a_receiver_that_cannot_be_read_keeps_it_from_no_other_and_breaks_no_sender(post: Post) -> None:
    broken, sound = post.start("receiver", LISTEN), post.start("receiver", LISTEN)
    with post.app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.get_one(ProcessInstance, broken).state = "?"
        db.session.commit()
    sender = post.start("sender", sending(ON_SIGNAL))
    post.go(sender)
    assert post.done() == [sound, sender]


def test_what_was_asked_for_twice_is_delivered_once(post: Post) -> None:
    sender = post.start("sender", sending(ON_MESSAGE))
    first, second = post.start("receiver", ANY), post.start("receiver", ANY)
    for _ in range(2):
        post.send(sender, [Sent("message", "paid", None, {}, "tell")])
        post.work()
    assert (post.done(), second in post.done()) == ([first], False)


def test_a_run_that_is_undone_sends_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = post.start("receiver", ANY)
    sender = post.start("sender", sending(ON_MESSAGE))

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("tasks.processes.rows.send", lambda instance, sent: (send(instance, sent), fail()))
        with pytest.raises(ZeroDivisionError):
            post.go(sender)
    post.work()
    assert receiver not in post.done()
    post.go(sender)
    assert receiver in post.done()


def test_waits_are_rows_that_come_and_go(post: Post) -> None:
    receiver = post.start("receiver", WAIT, number="A")
    with post.app.app_context():
        serve_company(ALL_COMPANIES)
        (wait,) = db.session.scalars(select(ProcessWait))
        assert (wait.kind, wait.name, wait.element_id, wait.instance_id) == ("message", "paid", "wait", receiver)
    post.deliver("paid", {"amount": 1}, {"key": "A"})
    with post.app.app_context():
        serve_company(ALL_COMPANIES)
        assert db.session.scalars(select(ProcessWait)).all() == []
        assert "wait" in db.session.scalars(select(ProcessStep.element_id)).all()
