"""Event-based gateways: the first event goes on, the others are withdrawn."""

from datetime import timedelta

import pytest

from engine.errors import MessageNotExpected
from tests.engine.diagrams import chain, end, exclusive, flow, inclusive, parallel, process, start, user
from tests.engine.runs import NOW, Run, engine_with

MESSAGES = "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in ("yes", "no"))


def _catch(node_id: str, definition: str) -> str:
    fields = (
        '<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="fields" value="why"/>'
        "</spiffworkflow:properties></bpmn:extensionElements>"
    )
    return f'<bpmn:intermediateCatchEvent id="{node_id}">{fields}{definition}</bpmn:intermediateCatchEvent>'


def _after(duration: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"


def _race(*, hours: str = "PT5H", in_loop: bool = False) -> bytes:
    """`yes` (a message event), `no` (a receive task) and two timers race; each leads to a task of its own."""
    back = flow("after_yes", "merge") if in_loop else flow("after_yes", "end")
    return process(
        start()
        + exclusive("merge")
        + '<bpmn:eventBasedGateway id="race"/>'
        + _catch("yes", '<bpmn:messageEventDefinition messageRef="m_yes"/>')
        + '<bpmn:receiveTask id="no" messageRef="m_no"/>'
        + _catch("soon", _after(hours))
        + _catch("late", _after("P1D"))
        + "".join(user(f"after_{name}") for name in ("yes", "no", "soon", "late"))
        + end()
        + chain("start", "merge", "race", "yes", "after_yes")
        + back
        + "".join(chain("race", name, f"after_{name}", "end") for name in ("no", "soon", "late")),
        extra=MESSAGES,
    )


def test_all_events_of_a_race_are_waited_for() -> None:
    outcome = Run(engine_with(), _race()).outcome
    assert [waiting.name for waiting in outcome.messages] == ["no", "yes"]
    assert [timer.element_id for timer in outcome.timers] == ["soon", "late"]
    assert outcome.open_tasks == ()
    assert [step.element_id for step in outcome.steps] == [
        "start", "start_to_merge", "merge", "merge_to_race", "race",
    ]  # fmt: skip


def test_the_first_event_goes_on_and_the_others_are_withdrawn() -> None:
    run = Run(engine_with(), _race())
    won = run.deliver("yes", why="because")
    assert run.open == ["after_yes"]
    assert won.data == {"why": "because"}
    assert (won.messages, won.timers) == ((), ())
    assert [(step.element_id, step.event) for step in won.steps] == [
        ("race_to_yes", "completed"),
        ("yes", "completed"),
        ("yes_to_after_yes", "completed"),
        ("no", "cancelled"),
        ("soon", "cancelled"),
        ("late", "cancelled"),
    ]
    with pytest.raises(MessageNotExpected):
        run.deliver("no")
    assert run.wake(NOW + timedelta(days=3)).steps == ()
    assert run.answer("after_yes").is_complete


def test_a_receive_task_can_win_a_race() -> None:
    run = Run(engine_with(), _race())
    run.deliver("no")
    assert run.open == ["after_no"]
    assert run.answer("after_no").is_complete


def test_of_two_timers_that_are_due_the_earlier_wins_however_late_the_clock() -> None:
    for hours, winner in (("PT5H", "after_soon"), ("P7D", "after_late")):
        run = Run(engine_with(), _race(hours=hours))
        run.wake(NOW + timedelta(days=30))
        assert run.open == [winner]
        assert run.answer(winner).is_complete


def test_a_timer_that_is_due_at_once_wins_alone() -> None:
    run = Run(engine_with(), _race(hours="PT0S"))
    assert run.open == ["after_soon"]
    assert (run.outcome.messages, run.outcome.timers) == ((), ())


def test_one_message_that_two_events_of_a_race_wait_for_makes_one_winner() -> None:
    source = _race().replace(b'messageRef="m_no"', b'messageRef="m_yes"')
    run = Run(engine_with(), source)
    run.deliver("yes", why=1)
    assert run.open == ["after_yes"]
    assert run.outcome.messages == ()


def test_a_race_in_a_loop_is_run_afresh_each_time() -> None:
    run = Run(engine_with(), _race(in_loop=True))
    for _ in range(5):
        run.deliver("yes")
        assert run.outcome.timers == ()
        run.answer("after_yes")
        assert [waiting.name for waiting in run.outcome.messages] == ["no", "yes"]
        assert len(run.outcome.timers) == 2
    run.wake(NOW + timedelta(hours=6))
    assert run.open == ["after_soon"]


def test_an_inclusive_join_waits_for_a_race_as_for_one_token() -> None:
    """One event of the race leads to the filled flow, the other to the empty one: so the race does not block."""
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + exclusive("merge")
        + user("a")
        + '<bpmn:eventBasedGateway id="race"/>'
        + _catch("one", _after("PT1H"))
        + _catch("two", _after("PT2H"))
        + user("after")
        + end()
        + chain("start", "fork", "a", "merge", "join", "after", "end")
        + chain("fork", "race", "one", "merge")
        + chain("race", "two", "join")
    )
    run = Run(engine_with(), source)
    run.answer("a")
    assert run.open == ["after"]
