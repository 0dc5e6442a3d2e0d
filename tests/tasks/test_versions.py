"""Two versions of a flow: what has changed, and how requests under way move from one to the other."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.processes import ProcessInstance, ProcessWait, TaskStatus
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import inbox, processes, requests
from tasks.processes import versions as processes_versions
from tests.support.flows import (
    IN_A_LOOP,
    NEW_ID,
    ONE_MORE_STEP,
    OTHER_FORM,
    OTHER_IDS,
    SOONER,
    changed,
    open_task,
    publish,
    running,
    versions,
)
from tests.support.moves import move
from tests.support.requests import approve_all, decide

People = dict[str, Actor]


def on_version(app: Flask) -> list[int]:
    """The version of each running instance, oldest first."""
    with app.app_context():
        serve_company(ALL_COMPANIES)
        rows = db.session.scalars(select(ProcessInstance).order_by(ProcessInstance.id))
        return [row.definition.version for row in rows]


def codes(report: processes.MigrationReport) -> list[list[str]]:
    return [[reason.code for reason in item.reasons] for item in report.instances]


def plan(app: Flask, actor: Actor, to_id: int, **ids: str) -> processes.MigrationReport:
    with app.app_context():
        return processes.plan_migration(actor, to_id=to_id, id_map=ids)


# What has changed


def test_two_versions_are_compared_by_what_they_say(app: Flask, people: People) -> None:
    publish(app, people["dora"], SOONER)
    first, second = versions(app, people["alice"])
    with app.app_context():
        found = processes.compare_definitions(people["alice"], old_id=first.id, new_id=second.id)
        same = processes.compare_definitions(people["alice"], old_id=first.id, new_id=first.id)
    assert [(change.code, change.element_id) for change in found.changes] == [("element.timer", "waiting_long")]
    assert same.changes == ()


def test_versions_of_two_flows_and_of_other_companies_are_not_compared(app: Flask, people: People) -> None:
    other = publish(app, people["dora"], {'id="invoice_request"': 'id="another"'})
    (first,) = versions(app, people["dora"])
    (foreign,) = versions(app, people["carl"])
    with app.app_context():
        with pytest.raises(Invalid, match="not the same flow"):
            processes.compare_definitions(people["dora"], old_id=first.id, new_id=other)
        with pytest.raises(NotFound):
            processes.compare_definitions(people["dora"], old_id=first.id, new_id=foreign.id)
        with pytest.raises(NotFound, match="no version 9"):
            processes.find_version(people["dora"], key="invoice_request", version=9)


# Published again


def test_an_older_version_is_published_again_exactly_as_it_was(app: Flask, people: People) -> None:
    table = next(iter(processes.shipped_flow()[1].values())).replace(b"10000", b"20000")
    with app.app_context():
        processes.publish_process(people["dora"], bpmn=changed(SOONER), tables=[table])
    first, second = versions(app, people["dora"])
    running(app, people["alice"])
    with app.app_context():
        again = processes.republish(people["dora"], definition_id=first.id, note="Too soon")
        first, second = [processes.get_definition(people["dora"], row.id) for row in (first, second)]
        assert (again.version, again.note, again.content_hash) == (3, "Too soon", first.content_hash)
        assert (again.bpmn, again.decisions) == (first.bpmn, first.decisions)
        assert second.decisions != first.decisions
        third = again.id
    assert on_version(app) == [2]
    (moved,) = move(app, people["dora"], third).instances
    assert (moved.is_safe, on_version(app)) == (True, [3])
    with app.app_context():
        serve_company(ALL_COMPANIES)
        bodies = [json.loads(row.body) for row in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
        (facts,) = [body["facts"] for body in bodies if body["facts"].get("again")]
        assert facts == {"version": 3, "note": "Too soon", "again": 1}


def test_what_the_newest_version_says_already_is_not_published_again(app: Flask, people: People) -> None:
    publish(app, people["dora"], SOONER)
    first, second = versions(app, people["dora"])
    for name, version, refusal in (("dora", second, Conflict), ("carl", first, NotFound), ("alice", first, NotAllowed)):
        with app.app_context(), pytest.raises(refusal):
            processes.republish(people[name], definition_id=version.id)
    assert len(versions(app, people["dora"])) == 2


def test_a_version_that_has_faults_by_now_is_not_published_again(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(app, people["dora"], SOONER)
    first, _ = versions(app, people["dora"])
    monkeypatch.setattr("tasks.processes.definitions.FORMS", frozenset())
    with app.app_context(), pytest.raises(Invalid, match="Nothing was published"):
        processes.republish(people["dora"], definition_id=first.id)
    assert len(versions(app, people["dora"])) == 2


# What would move


def test_a_plan_looks_at_every_running_instance_and_changes_none(app: Flask, people: People) -> None:
    running(app, people["alice"], 3)
    target = publish(app, people["dora"], SOONER)
    report = plan(app, people["dora"], target)
    assert [(item.version, item.is_safe) for item in report.instances] == [(1, True)] * 3
    kept = [(found.effect, found.element_id) for found in report.instances[0].moves]
    assert kept == [("kept", "approve"), ("kept", "waiting_long")]
    assert on_version(app) == [1, 1, 1]


def test_a_plan_may_look_at_some_and_say_how_many_are_left(app: Flask, people: People) -> None:
    running(app, people["alice"], 3)
    target = publish(app, people["dora"], SOONER)
    with app.app_context():
        report = processes.plan_migration(people["dora"], to_id=target, limit=2)
    assert (len(report.instances), report.remaining) == (2, 1)
    assert on_version(app) == [1, 1, 1]


@pytest.mark.parametrize("name", ["alice", "bob", "fiona", "otto"])
def test_only_those_who_may_publish_move_instances(app: Flask, people: People, name: str) -> None:
    running(app, people["alice"])
    target = publish(app, people["dora"], SOONER)
    for operation in (plan, move):
        with pytest.raises(NotAllowed):
            operation(app, people[name], target)
    assert on_version(app) == [1]


def test_nobody_moves_the_instances_of_another_company(app: Flask, people: People) -> None:
    running(app, people["alice"])
    target = publish(app, people["dora"], SOONER)
    for operation in (plan, move):
        with pytest.raises(NotFound):
            operation(app, people["carl"], target)
    own = publish(app, people["carl"], SOONER)
    assert plan(app, people["carl"], own).instances == ()
    assert move(app, people["carl"], own).instances == ()
    assert on_version(app) == [1]


# What moves


def test_a_request_that_moved_stays_in_the_inbox_as_the_new_version_shows_it(app: Flask, people: People) -> None:
    running(app, people["alice"])
    before = open_task(app, people["bob"])
    report = move(app, people["dora"], publish(app, people["dora"], OTHER_FORM))
    assert codes(report) == [[]]
    after = open_task(app, people["bob"])
    assert (after.id, after.due_at, after.status) == (before.id, before.due_at, TaskStatus.OPEN)
    assert [row.user_id for row in after.signers] == [row.user_id for row in before.signers]
    assert (before.form_key, after.form_key, after.title) == ("approval", "revision", "Look at it")
    assert on_version(app) == [2]


def test_a_request_that_moved_goes_the_way_of_the_new_version(app: Flask, people: People) -> None:
    (request_id,) = running(app, people["alice"])
    move(app, people["dora"], publish(app, people["dora"], ONE_MORE_STEP))
    with app.app_context():
        approve_all(people, request_id)
        instance = requests.find_instance(people["alice"], request_id)
        assert instance is not None
        waiting = [task.element_id for task in instance.tasks if task.status is TaskStatus.OPEN]
        assert waiting == ["look"]
        decide(people["fiona"], request_id, "approve")
        assert [task.element_id for task in instance.tasks][-1] == "issue"


def test_a_timer_keeps_its_due_time(app: Flask, people: People) -> None:
    def due() -> list[object]:
        with app.app_context():
            serve_company(ALL_COMPANIES)
            return list(db.session.scalars(select(ProcessWait.due_at)))

    running(app, people["alice"])
    before = due()
    assert len(before) == 1
    move(app, people["dora"], publish(app, people["dora"], SOONER))
    assert due() == before


def test_each_instance_that_moved_is_in_the_audit_log(app: Flask, people: People) -> None:
    (request_id,) = running(app, people["alice"])
    move(app, people["dora"], publish(app, people["dora"], SOONER))
    with app.app_context():
        serve_company(people["otto"].company_id)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "process.migrate")).one()
        facts = json.loads(entry.body)["facts"]
        assert (entry.user_id, entry.subject) == (people["dora"].user_id, "process:invoice_request")
        assert facts["about"] == f"request:{request_id}"
        assert (facts["from_version"], facts["to_version"]) == (1, 2)


def test_an_instance_may_move_back(app: Flask, people: People) -> None:
    running(app, people["alice"])
    move(app, people["dora"], publish(app, people["dora"], SOONER))
    first, _ = versions(app, people["dora"])
    assert codes(move(app, people["dora"], first.id)) == [[]]
    assert on_version(app) == [1]


def test_a_new_id_is_found_by_comparison_and_another_element_by_the_map(app: Flask, people: People) -> None:
    running(app, people["alice"])
    assert codes(move(app, people["dora"], publish(app, people["dora"], NEW_ID))) == [[]]
    assert open_task(app, people["bob"]).element_id == "approval"
    other = publish(app, people["dora"], OTHER_IDS)
    (found,) = plan(app, people["dora"], other, approval="assess").instances
    assert (found.is_safe, found.moves[0].target_id) == (True, "assess")


def test_a_map_of_what_is_not_there_is_refused(app: Flask, people: People) -> None:
    running(app, people["alice"])
    target = publish(app, people["dora"], SOONER)
    for ids in ({"approve_now": "approve"}, {"approve": "approve_now"}):
        for operation in (plan, move):
            with pytest.raises(Invalid, match="approve_now"):
                operation(app, people["dora"], target, **ids)


# What does not


def test_what_cannot_move_stays_and_says_why(app: Flask, people: People) -> None:
    _, second = running(app, people["alice"], 2)
    with app.app_context():
        approve_all(people, second)
    target = publish(app, people["dora"], IN_A_LOOP)
    for operation in (plan, move):
        report = operation(app, people["dora"], target)
        assert codes(report) == [["migration.loop"], []]
        (reason,) = report.refused[0].reasons
        assert reason.element_id == "approve"
        assert reason.message.format(**reason.fields).startswith("“Approve request” is in progress")
    assert on_version(app) == [1, 2]
    with app.app_context():
        decide(people["bob"], _first(app, people), "approve")


def _first(app: Flask, people: People) -> int:
    return inbox.list_tasks(people["bob"]).rows[0].request.id


def test_a_broken_instance_keeps_no_other_from_moving(app: Flask, people: People) -> None:
    running(app, people["alice"], 3)
    with app.app_context():
        serve_company(people["alice"].company_id)
        broken = db.session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)).all()[1]
        broken.state = "{"
        db.session.commit()
    target = publish(app, people["dora"], SOONER)
    assert codes(plan(app, people["dora"], target)) == [[], ["state.invalid"], []]
    report = move(app, people["dora"], target)
    assert codes(report) == [[], ["state.invalid"], []]
    assert on_version(app) == [2, 1, 2]


def test_an_error_that_nobody_foresaw_keeps_no_other_from_moving(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(app, people["alice"], 2)
    target = publish(app, people["dora"], SOONER)
    migrate, failing = processes_versions.ENGINE.migrate, iter([True, False])

    def fail_once(*args: Any, **kwargs: Any) -> Any:
        if next(failing):
            raise ZeroDivisionError("secret")
        return migrate(*args, **kwargs)

    monkeypatch.setattr(processes_versions.ENGINE, "migrate", fail_once)
    report = move(app, people["dora"], target)
    assert codes(report) == [["migration.failed"], []]
    assert report.refused[0].reasons[0].fields == {"reason": "ZeroDivisionError"}
    assert on_version(app) == [1, 2]


def test_what_ended_in_the_meantime_is_left_alone(app: Flask, people: People) -> None:
    (request_id,) = running(app, people["alice"])
    target = publish(app, people["dora"], SOONER)
    with app.app_context():
        requests.withdraw_request(people["alice"], request_id=request_id)
        instance = requests.find_instance(people["alice"], request_id)
        assert instance is not None
        with pytest.raises(Conflict, match="ended or moved"):
            processes.migrate_instance(people["dora"], instance_id=instance.id, to_id=target)
        with pytest.raises(NotFound):
            processes.migrate_instance(people["dora"], instance_id=999, to_id=target)
    assert move(app, people["dora"], target).instances == ()


def test_two_who_publish_at_once_make_two_versions(app: Flask, people: People) -> None:
    barrier = Barrier(2)

    def publish_as(name: str) -> int:
        barrier.wait()
        return publish(app, people[name], ONE_MORE_STEP if name == "dora" else SOONER)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish_as, ("dora", "ada")))
    assert [row.version for row in versions(app, people["dora"])] == [1, 2, 3]


def test_a_decision_and_a_move_at_once_leave_one_sound_instance(app: Flask, people: People) -> None:
    """Whoever comes second works on what the first has left, or is told to look again."""
    request_ids = running(app, people["alice"], 4)
    target = publish(app, people["dora"], ONE_MORE_STEP)
    barrier = Barrier(2)

    def decide_all() -> list[bool]:
        barrier.wait()
        return [_decided(app, people["bob"], request_id) for request_id in request_ids]

    def move_all() -> processes.MigrationReport:
        barrier.wait()
        return move(app, people["dora"], target)

    with ThreadPoolExecutor(2) as pool:
        decided, report = pool.submit(decide_all), pool.submit(move_all)
        results, first = decided.result(), report.result()
    assert first.refused == ()
    assert on_version(app) == [2] * 4
    with app.app_context():
        for request_id, done in zip(request_ids, results, strict=True):
            if not done:
                decide(people["bob"], request_id, "approve")
            decide(people["fiona"], request_id, "approve")
            decide(people["fiona"], request_id, "approve")
            instance = requests.find_instance(people["alice"], request_id)
            assert instance is not None
            assert [task.element_id for task in instance.tasks] == ["approve", "approve", "look", "issue"]


def _decided(app: Flask, actor: Actor, request_id: int) -> bool:
    with app.app_context():
        try:
            decide(actor, request_id, "approve")
        except Conflict:
            return False
        return True
