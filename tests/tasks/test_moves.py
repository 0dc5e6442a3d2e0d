"""Batches of moves: in the background, one instance at a time, to be stopped, gone on with, and taken back."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.errors import Conflict, NotAllowed, NotFound
from models.moves import BatchState, ItemState, MoveBatch, MoveClass
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import moves, requests
from tasks.handlers import HANDLERS
from tasks.jobs import JobWorker, run_pending
from tasks.moves import working
from tests.faults.processes import a_site
from tests.support.flows import IN_A_LOOP, ONE_MORE_STEP, SOONER, UNLIKE, open_task, publish, running, versions
from tests.support.moves import back, break_off, prepare, start, states, work
from tests.support.requests import approve_all, decide
from tests.tasks.test_versions import on_version

People = dict[str, Actor]
MOVED, REFUSED, TODO, RETURNED = ItemState.MOVED, ItemState.REFUSED, ItemState.TODO, ItemState.RETURNED


@pytest.fixture(autouse=True)
def queue(app: Flask) -> None:
    prepare(app)


@pytest.fixture
def target(app: Flask, people: People) -> int:
    """Three requests that wait on version 1, and a version 2 with an earlier reminder; the id of that."""
    running(app, people["alice"], 3)
    return publish(app, people["dora"], SOONER)


def progress(app: Flask, actor: Actor, batch_id: int) -> moves.MoveProgress:
    with app.app_context():
        found = moves.read_progress(actor, batch_id=batch_id)
        assert found.batch.started_by_id is not None
        return found


def logged(app: Flask, action: str) -> list[dict[str, Any]]:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        rows = db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [json.loads(row.body) for row in rows]


# Begun, worked off, and done


def test_a_batch_is_worked_off_by_the_queue(app: Flask, people: People, target: int, tmp_path: Path) -> None:
    batch = start(app, people["dora"], target, note="Tell sooner")
    assert (states(app, batch), on_version(app)) == ([TODO] * 3, [1, 1, 1])
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("sqlite"):
        run_pending(HANDLERS, a_site(str(tmp_path)), app.app_context)
    else:
        JobWorker(HANDLERS, a_site(str(tmp_path)), app.app_context, database_url=url).run_pending()
    assert (states(app, batch), on_version(app)) == ([MOVED] * 3, [2, 2, 2])
    done = progress(app, people["dora"], batch)
    assert (done.batch.state, done.batch.note, done.total, done.moved) == (BatchState.DONE, "Tell sooner", 3, 3)


def test_start_and_end_of_a_batch_are_in_the_audit_log_in_the_name_of_who_started_it(
    app: Flask, people: People, target: int
) -> None:
    batch = start(app, people["dora"], target, note="Tell sooner")
    work(app, batch)
    (begun,), (ended,) = logged(app, "process.move_start"), logged(app, "process.move_end")
    assert begun["facts"] == {"batch": batch, "instances": 3, "note": "Tell sooner", "map": {}, "to_version": 2}
    assert ended["facts"] == {"batch": batch, "moved": 3}
    entries = [begun, ended, *logged(app, "process.migrate")]
    assert [entry["user"] for entry in entries] == [people["dora"].user_id] * 5


def test_what_cannot_move_is_kept_with_its_class_and_reason(app: Flask, people: People) -> None:
    running(app, people["alice"], 2)
    batch = start(app, people["dora"], publish(app, people["dora"], UNLIKE))
    work(app, batch)
    assert states(app, batch) == [REFUSED] * 2
    with app.app_context():
        items = moves.list_items(people["dora"], batch_id=batch).items
        assert [item.kind for item in items] == [MoveClass.MAPPING] * 2
        ((reason, count),) = moves.list_refusals(people["dora"], batch_id=batch)
    assert (reason.code, reason.element_id, count) == ("migration.gone", "approve", 2)


def test_the_instances_of_a_batch_are_listed_in_pages_and_by_state(app: Flask, people: People) -> None:
    first, *_ = running(app, people["alice"], 4)
    with app.app_context():
        approve_all(people, first)
    batch = start(app, people["dora"], publish(app, people["dora"], IN_A_LOOP))
    work(app, batch)
    with app.app_context():
        page = moves.list_items(people["dora"], batch_id=batch, state=REFUSED, limit=2)
        rest = moves.list_items(people["dora"], batch_id=batch, state=REFUSED, after=page.next_after or 0, limit=2)
        moved = moves.list_items(people["dora"], batch_id=batch, state=MOVED, limit=1)
    assert (len(page.items), len(rest.items), rest.next_after) == (2, 1, None)
    assert (len(moved.items), moved.next_after) == (1, None)
    assert {item.kind for item in page.items} == {MoveClass.BLOCKED}


# One at a time


def test_a_second_batch_of_the_same_flow_is_refused_until_the_first_is_done(
    app: Flask, people: People, target: int
) -> None:
    batch = start(app, people["dora"], target)
    with pytest.raises(Conflict, match=rf"batch {batch}"):
        start(app, people["dora"], target)
    work(app, batch)
    with pytest.raises(Conflict, match="nothing to move"):
        start(app, people["dora"], target)
    first, _ = versions(app, people["dora"])
    work(app, start(app, people["dora"], first.id))
    assert on_version(app) == [1, 1, 1]


def test_of_two_who_start_at_the_same_moment_one_is_told_of_the_other(app: Flask, people: People, target: int) -> None:
    barrier = Barrier(2)

    def try_to_start() -> bool:
        barrier.wait()
        try:
            start(app, people["dora"], target)
        except Conflict as refusal:
            return refusal.code != "move.running"
        return True

    with ThreadPoolExecutor(2) as pool:
        results = [future.result() for future in [pool.submit(try_to_start) for _ in range(2)]]
    assert sorted(results) == [False, True]


def test_two_workers_on_one_batch_move_nothing_twice(app: Flask, people: People) -> None:
    running(app, people["alice"], 8)
    batch = start(app, people["dora"], publish(app, people["dora"], SOONER))
    barrier = Barrier(2)

    def work_as_well() -> None:
        barrier.wait()
        work(app, batch)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(work_as_well) for _ in range(2)]:
            future.result()
    assert (states(app, batch), on_version(app)) == ([MOVED] * 8, [2] * 8)
    assert (len(logged(app, "process.migrate")), len(logged(app, "process.move_end"))) == (8, 1)


def test_whoever_comes_late_to_an_instance_finds_it_settled(app: Flask, people: People, target: int) -> None:
    batch = start(app, people["dora"], target)
    break_off(app, batch, 1, KeyboardInterrupt())
    with app.app_context():
        (item,) = moves.list_items(people["dora"], batch_id=batch, state=MOVED).items
        working._move(people["dora"], item_id=item.id)
    assert (states(app, batch), len(logged(app, "process.migrate"))) == ([MOVED, TODO, TODO], 1)


# Stopped, and gone on with


@pytest.mark.parametrize("how", [KeyboardInterrupt(), OperationalError("", {}, Exception())])
def test_a_batch_that_lost_its_worker_is_gone_on_with(
    app: Flask, people: People, target: int, how: BaseException
) -> None:
    batch = start(app, people["dora"], target)
    break_off(app, batch, 2, how)
    assert states(app, batch) == [MOVED, MOVED, TODO]
    assert progress(app, people["dora"], batch).batch.state is BatchState.RUNNING
    work(app, batch)
    assert (states(app, batch), len(logged(app, "process.migrate"))) == ([MOVED] * 3, 3)


def test_a_batch_that_is_stopped_moves_nothing_more_until_it_goes_on(app: Flask, people: People, target: int) -> None:
    batch = start(app, people["dora"], target)
    break_off(app, batch, 1, KeyboardInterrupt())
    with app.app_context():
        stopped = moves.stop_move(people["dora"], batch_id=batch)
        assert (stopped.state, stopped.ended_by_id) == (BatchState.STOPPED, people["dora"].user_id)
    work(app, batch)
    assert (states(app, batch), on_version(app)) == ([MOVED, TODO, TODO], [2, 1, 1])
    with app.app_context():
        moves.resume_move(people["dora"], batch_id=batch)
    work(app, batch)
    assert states(app, batch) == [MOVED] * 3
    with app.app_context(), pytest.raises(Conflict, match="nothing is left"):
        moves.resume_move(people["dora"], batch_id=batch)


def test_progress_tells_rate_and_time_left_and_when_nobody_works(
    app: Flask, people: People, target: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = start(app, people["dora"], target)
    break_off(app, batch, 2, KeyboardInterrupt())
    busy = progress(app, people["dora"], batch)
    assert (busy.total, busy.done, busy.todo, busy.is_quiet) == (3, 2, 1, False)
    assert busy.per_second is not None
    assert 0 < busy.per_second <= 2
    assert busy.time_left is not None
    monkeypatch.setattr("tasks.moves.reading._QUIET_SECONDS", -1)
    assert progress(app, people["dora"], batch).is_quiet


def test_what_ended_before_its_turn_is_left_alone_and_says_so(app: Flask, people: People) -> None:
    (request_id,) = running(app, people["alice"])
    batch = start(app, people["dora"], publish(app, people["dora"], SOONER))
    with app.app_context():
        requests.withdraw_request(people["alice"], request_id=request_id)
    work(app, batch)
    with app.app_context():
        ((reason, _),) = moves.list_refusals(people["dora"], batch_id=batch)
    assert (reason.code, on_version(app)) == ("migration.overtaken", [1])


# And back again


def test_a_batch_is_taken_back_to_the_versions_that_its_instances_had(app: Flask, people: People) -> None:
    running(app, people["alice"])
    publish(app, people["dora"], SOONER)
    third = publish(app, people["dora"], SOONER, {"P3D": "P2D"})
    batch = start(app, people["dora"], third)
    work(app, batch)
    way_back = back(app, people["dora"], batch)
    assert (states(app, way_back), states(app, batch), on_version(app)) == ([MOVED], [RETURNED], [1])
    with app.app_context():
        with pytest.raises(Conflict, match="nothing to move"):
            moves.roll_back_move(people["dora"], batch_id=batch)
        with pytest.raises(Conflict, match="way back"):
            moves.roll_back_move(people["dora"], batch_id=way_back)
        assert [found.batch.id for found in moves.list_moves(people["dora"], key="invoice_request")] == [
            way_back,
            batch,
        ]


def test_what_was_mapped_by_hand_goes_back_by_the_same_map(app: Flask, people: People) -> None:
    running(app, people["alice"])
    batch = start(app, people["dora"], publish(app, people["dora"], UNLIKE), approve="assess")
    work(app, batch)
    assert open_task(app, people["bob"]).element_id == "assess"
    way_back = back(app, people["dora"], batch)
    assert (states(app, way_back), on_version(app)) == ([MOVED], [1])
    assert open_task(app, people["bob"]).element_id == "approve"


def test_what_has_gone_on_or_ended_does_not_come_back_and_says_why(app: Flask, people: People) -> None:
    _, second, third = running(app, people["alice"], 3)
    target = publish(app, people["dora"], ONE_MORE_STEP)
    batch = start(app, people["dora"], target)
    work(app, batch)
    with app.app_context():
        approve_all(people, second)  # waits at a step that the older version does not have
        requests.withdraw_request(people["alice"], request_id=third)
    way_back = back(app, people["dora"], batch)
    assert states(app, way_back) == [MOVED, REFUSED, REFUSED]
    assert (states(app, batch), on_version(app)) == ([RETURNED, MOVED, MOVED], [1, 2, 2])
    with app.app_context():
        reasons = moves.list_refusals(people["dora"], batch_id=way_back)
        assert {reason.code for reason, _ in reasons} == {"migration.gone", "migration.overtaken"}
        decide(people["fiona"], second, "approve")


# Who may


@pytest.mark.parametrize("name", ["alice", "bob", "fiona", "otto"])
def test_only_those_who_may_publish_start_stop_and_see_a_batch(
    app: Flask, people: People, target: int, name: str
) -> None:
    batch = start(app, people["dora"], target)
    with app.app_context():
        for run in (
            lambda who: moves.start_move(who, to_id=target),
            lambda who: moves.stop_move(who, batch_id=batch),
            lambda who: moves.resume_move(who, batch_id=batch),
            lambda who: moves.roll_back_move(who, batch_id=batch),
            lambda who: moves.read_progress(who, batch_id=batch),
        ):
            with pytest.raises(NotAllowed):
                run(people[name])
    assert states(app, batch) == [TODO] * 3


def test_another_company_finds_no_such_batch(app: Flask, people: People, target: int) -> None:
    batch = start(app, people["dora"], target)
    for operation in (moves.read_progress, moves.stop_move, moves.resume_move, moves.roll_back_move, moves.list_items):
        with app.app_context(), pytest.raises(NotFound):
            operation(people["carl"], batch_id=batch)
    own = publish(app, people["carl"], SOONER)
    with pytest.raises(Conflict, match="nothing to move"):
        start(app, people["carl"], own)
    with app.app_context():
        serve_company(ALL_COMPANIES)
        assert db.session.scalar(select(func.count(MoveBatch.id))) == 1
