"""What becomes of a running instance under a changed diagram: what goes on, what begins, what is refused."""

from datetime import timedelta

import pytest

from tests.engine.diagrams import chain, end, flow, parallel, process, service, settings, start, timer, user
from tests.engine.failing import CALL, Bank
from tests.engine.runs import engine_with
from tests.engine.versions.moving import (
    MESSAGES,
    NESTED,
    RACE,
    VOTES,
    MovingRun,
    catch_timer,
    line,
    loop,
    receive,
    run,
)

TWO = line(user("ask"), user("pay"), ids=("ask", "pay"))


def done(here: MovingRun) -> list[str]:
    """The elements that the last run has completed, without the flows."""
    return [step.element_id for step in here.outcome.steps if step.kind != "sequenceFlow" and step.event == "completed"]


def reminded(text: str = "P1D", kind: str = "timeDuration", *, interrupting: bool = False) -> bytes:
    return line(
        user("ask")
        + timer("late", "ask", kind, text, interrupting=interrupting)
        + user("told")
        + end("told_end")
        + chain("late", "told", "told_end"),
        user("pay"),
        ids=("ask", "pay"),
    )


# What goes on


def test_an_open_task_keeps_its_id_and_gets_the_settings_of_the_new_version() -> None:
    here = run(TWO)
    (before,) = here.outcome.open_tasks
    (after,) = here.move(
        line(user("ask", form_key="longer", fields="answer why", title="=1 + 1"), ids=("ask",))
    ).open_tasks
    assert (after.id, after.element_id) == (before.id, "ask")
    assert (after.form_key, after.fields, after.title) == ("longer", {"answer", "why"}, "2")


def test_the_way_on_is_that_of_the_new_version() -> None:
    here = run(TWO)
    here.move(
        line(user("ask"), service("look", "note"), user("check"), user("pay"), ids=("ask", "look", "check", "pay"))
    )
    here.answer("ask", answer="yes")
    assert (done(here), here.open) == (["ask", "look"], ["check"])
    here.answer("check", answer="yes")
    here.answer("pay", answer="yes")
    assert done(here) == ["pay", "end"]
    assert here.outcome.is_complete


def test_a_step_that_is_behind_may_be_gone() -> None:
    here = run(TWO)
    here.answer("ask", answer="yes")
    here.move(line(user("pay"), ids=("pay",)))
    assert here.outcome.data == {"answer": "yes"}
    here.answer("pay", answer="no")
    assert here.outcome.is_complete


def test_a_timer_keeps_its_due_time_whatever_the_new_version_says() -> None:
    here = run(reminded("P5D"))
    here.move(reminded("P3D"))
    assert here.due == [("late", timedelta(days=5))]
    here.move(reminded("2026-03-30", kind="timeDate"))
    assert here.due == [("late", timedelta(days=5))]
    here.wake(here.now + timedelta(days=5))
    assert here.open == ["ask", "told"]


def test_a_timer_of_another_kind_begins_anew() -> None:
    here = run(reminded("P5D"))
    here.wake(here.now + timedelta(days=1))
    plan = here.plan(reminded("R3/PT6H", kind="timeCycle"))
    assert [(move.effect, move.element_id, move.target_id) for move in plan.moves] == [
        ("kept", "ask", "ask"),
        ("withdrawn", "late", ""),
        ("armed", "", "late"),
    ]
    here.move(reminded("R3/PT6H", kind="timeCycle"))
    assert here.due == [("late", timedelta(hours=6))]


def test_a_catch_event_that_waits_for_something_else_begins_anew() -> None:
    here = run(line(catch_timer("wait", "P5D"), ids=("wait",)))
    message = '<bpmn:messageEventDefinition messageRef="m_paid"/>'
    other = f'<bpmn:intermediateCatchEvent id="wait">{message}</bpmn:intermediateCatchEvent>'
    here.move(line(other, ids=("wait",)))
    assert (here.due, len(here.outcome.messages)) == ([], 1)
    here.move(line(catch_timer("wait", "P2D"), ids=("wait",)))
    assert (here.due, len(here.outcome.messages)) == ([("wait", timedelta(days=2))], 0)
    here.wake(here.now + timedelta(days=2))
    assert here.outcome.is_complete


def test_a_wait_for_a_message_takes_its_new_name() -> None:
    here = run(line(receive("w", "paid"), user("after"), ids=("w", "after")))
    here.move(line(receive("w", "stop"), user("after"), ids=("w", "after")))
    here.deliver("stop")
    assert here.open == ["after"]


def test_a_wait_for_a_message_keeps_its_correlation_unless_that_is_written_in_another_way() -> None:
    def waiting(correlation: str) -> bytes:
        inner = f"<bpmn:extensionElements>{settings(correlation=correlation)}</bpmn:extensionElements>"
        wait = f'<bpmn:receiveTask id="w" messageRef="m_paid">{inner}</bpmn:receiveTask>'
        fork = parallel("fork", "join") + user("change", fields="a")
        flows = chain("start", "fork", "w", "join", "end") + chain("fork", "change", "join")
        return process(start() + fork + wait + end() + flows, extra=MESSAGES)

    here = run(waiting("=a"), a=1)
    here.answer("change", a=2)
    here.move(waiting("=a").replace(b'id="join"', b'id="join" name="Both"'))
    assert [item.correlation for item in here.outcome.messages] == [{"key": 1}]
    here.move(waiting("=a + 0"))
    assert [item.correlation for item in here.outcome.messages] == [{"key": 2}]


# What stands beside an open task


def test_a_new_boundary_event_begins_to_wait_when_the_instance_moves() -> None:
    here = run(TWO, x=1)
    here.wake(here.now + timedelta(days=4))
    here.move(reminded("P1D"))
    assert here.due == [("late", timedelta(days=1))]
    here.wake(here.now + timedelta(days=1))
    assert here.open == ["ask", "told"]
    for task in ("ask", "pay", "told"):
        here.answer(task, answer="yes")
    assert (here.outcome.is_complete, here.outcome.data) == (True, {"x": 1, "answer": "yes"})


@pytest.mark.parametrize("sequential", [True, False])
def test_a_new_boundary_event_waits_at_a_loop_once(sequential: bool) -> None:
    ask = user("ask", inner=loop(sequential=sequential))
    here = run(line(ask, ids=("ask",)), **VOTES)
    here.move(
        line(
            ask + timer("over", "ask", "timeDuration", "P1D", interrupting=True) + end("gone") + flow("over", "gone"),
            ids=("ask",),
        )
    )
    assert here.due == [("over", timedelta(days=1))]
    here.answer("ask", answer="yes")
    here.wake(here.now + timedelta(days=1))
    assert (here.open, here.outcome.is_complete) == ([], True)


def test_a_boundary_event_that_is_gone_waits_no_more() -> None:
    here = run(reminded())
    (before,) = here.outcome.open_tasks
    plan = here.plan(TWO)
    assert [(move.effect, move.element_id) for move in plan.moves] == [("kept", "ask"), ("withdrawn", "late")]
    here.move(TWO)
    assert (here.due, [task.id for task in here.outcome.open_tasks]) == ([], [before.id])
    here.answer("ask", answer="yes")
    here.answer("pay", answer="yes")
    assert here.outcome.is_complete


def test_of_two_boundary_events_one_may_go_and_another_come() -> None:
    def with_event(name: str) -> bytes:
        events = timer("stays", "ask", "timeDuration", "P9D") + timer(name, "ask", "timeDuration", "P2D")
        ends = end("e1") + flow("stays", "e1") + end("e2") + flow(name, "e2")
        return line(user("ask") + events + ends, ids=("ask",))

    here = run(with_event("one"))
    here.wake(here.now + timedelta(days=1))
    here.move(with_event("other"))
    assert here.due == [("other", timedelta(days=2)), ("stays", timedelta(days=8))]
    here.answer("ask", answer="yes")
    assert here.outcome.is_complete


def test_what_follows_a_new_boundary_event_knows_the_variables() -> None:
    here = run(line(user("first"), user("ask"), ids=("first", "ask")), x=1)
    here.answer("first", answer="yes")
    here.move(reminded(interrupting=True))
    here.wake(here.now + timedelta(days=1))
    assert (here.open, here.outcome.data) == (["told"], {"x": 1, "answer": "yes"})


def test_a_boundary_event_that_went_to_another_step_waits_no_more() -> None:
    here = run(reminded())
    here.move(reminded().replace(b'attachedToRef="ask"', b'attachedToRef="pay"'))
    assert here.due == []
    here.answer("ask", answer="yes")
    assert here.due == [("late", timedelta(days=1))]


def test_a_reminder_that_was_sent_is_not_sent_again() -> None:
    here = run(reminded())
    here.wake(here.now + timedelta(days=2))
    here.answer("told", answer="yes")
    here.move(reminded("PT1H"))
    assert (here.due, here.open) == ([], ["ask"])


def test_a_boundary_event_may_begin_to_interrupt() -> None:
    here = run(reminded())
    here.move(reminded(interrupting=True))
    here.wake(here.now + timedelta(days=1))
    assert here.open == ["told"]


def test_an_event_that_joins_a_race_begins_to_wait_and_one_that_left_it_does_not() -> None:
    here = run(RACE)
    new = RACE.decode().replace(catch_timer("tired", "P3D"), catch_timer("bored", "P1D")).replace('"tired"', '"bored"')
    new = new.replace(receive("stop", "stop"), catch_timer("stop", "P2D"))
    here.move(new.encode())
    assert here.due == [("bored", timedelta(days=1)), ("stop", timedelta(days=2))]
    assert len(here.outcome.messages) == 1
    here.deliver("paid")
    assert (here.open, here.due) == (["thanks"], [])


def test_all_events_of_a_race_may_be_others() -> None:
    here = run(RACE, x=1)
    new = RACE.decode().replace(receive("paid"), catch_timer("paid", "P1D")).replace('"stop"', '"halt"')
    here.move(new.replace(catch_timer("tired", "P3D"), receive("tired")).encode())
    assert (here.due, len(here.outcome.messages), here.outcome.data) == ([("paid", timedelta(days=1))], 2, {"x": 1})
    here.wake(here.now + timedelta(days=1))
    assert (here.open, here.due, here.outcome.messages) == (["thanks"], [], ())


# Loops and subprocesses


@pytest.mark.parametrize("sequential", [True, False])
def test_a_loop_in_progress_goes_on_with_a_new_completion_condition(sequential: bool) -> None:
    stop = '<bpmn:completionCondition>answer = "no"</bpmn:completionCondition></bpmn:multi'
    ask = user("ask", inner=loop(sequential=sequential))
    here = run(line(ask, ids=("ask",)), **VOTES)
    here.answer("ask", answer="yes")
    here.move(line(ask.replace("</bpmn:multi", stop), ids=("ask",)))
    here.answer("ask", answer="no")
    assert (here.outcome.is_complete, here.outcome.data["votes"]) == (True, ["yes", "no"])


def test_a_subprocess_in_progress_goes_on_under_its_new_inside() -> None:
    here = run(NESTED)
    here.answer("first", answer="yes")
    here.move(
        NESTED.replace(b'targetRef="e2"', b'targetRef="more"').replace(
            b'<bpmn:endEvent id="e2"/>', (user("more") + end("e2") + flow("more", "e2")).encode()
        )
    )
    here.answer("deep", answer="yes")
    here.answer("more", answer="yes")
    assert here.open == ["after"]


# Steps that failed


def test_a_failed_step_is_tried_again_as_the_new_version_has_it() -> None:
    here = MovingRun(engine_with(act=Bank(), note=lambda _context: None), CALL)
    here.answer("ask", answer=1)
    (before,) = here.outcome.incidents
    new = line(user("ask"), service("call", "note"), user("after"), ids=("ask", "call", "after"))
    assert here.move(new).incidents == (before,)
    here.retry()
    assert (here.open, here.outcome.incidents) == (["after"], ())


def test_an_event_that_failed_beside_an_open_step_stays_or_goes_with_it() -> None:
    def with_event(text: str) -> str:
        return user("ask") + timer("late", "ask", "timeDuration", text) + end("gone") + flow("late", "gone")

    here = run(line(with_event("until"), ids=("ask",)), until=1)
    (failed,) = here.outcome.incidents
    assert here.move(line(with_event("deadline"), user("pay"), ids=("ask", "pay"))).incidents == (failed,)
    assert (here.open, here.move(TWO).incidents) == (["ask"], ())
