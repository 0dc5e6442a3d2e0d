"""Standard loops: an activity again and again while a condition holds."""

from datetime import timedelta
from typing import Any

import pytest

from engine.errors import EngineError
from tests.engine.diagrams import chain, end, process, script, standard_loop, start, subprocess, timer, user
from tests.engine.runs import NOW, Run, engine_with, incident_of


def around(activity: str) -> bytes:
    return process(start() + activity + end() + chain("start", "x", "end"))


def counted(condition: str = "", **attributes: str) -> Run:
    """A script task that adds one to `n` in every round, run to its end."""
    loop = standard_loop(condition, **attributes)
    adding = script("x", "n + 1", "n").replace("</bpmn:scriptTask>", loop + "</bpmn:scriptTask>")
    return Run(engine_with(), around(adding), {"n": 0})


@pytest.mark.parametrize(
    ("condition", "attributes", "rounds"),
    [
        ("n &lt; 3", {}, 3),
        ("n &lt; 3", {"testBefore": "true"}, 3),
        ("false", {}, 1),
        ("false", {"testBefore": "true"}, 0),
        ("null", {}, 1),
        ("n", {"testBefore": "true"}, 0),
        ("true", {"loopMaximum": "4"}, 4),
        ("true", {"loopMaximum": "4", "testBefore": "true"}, 4),
        ("", {"loopMaximum": "2"}, 2),
        ("n &lt; 3", {"loopMaximum": "2"}, 2),
        ("loopCounter &lt; 5", {}, 5),
        ("loopCounter &lt; 5", {"testBefore": "true"}, 5),
    ],
)
def test_a_loop_runs_while_its_condition_is_true(condition: str, attributes: dict[str, str], rounds: int) -> None:
    outcome = counted(condition, **attributes).outcome
    assert outcome.is_complete
    assert outcome.data == {"n": rounds}


def test_people_may_be_asked_again_five_thousand_times() -> None:
    run = Run(engine_with(), around(user("x", inner=standard_loop("answer &lt; 5000"), title="=string(loopCounter)")))
    size = len(run.outcome.state)
    for number in range(1, 5001):
        assert [task.title for task in run.outcome.open_tasks] == [str(number)]
        run.answer("x", answer=number)
    assert run.outcome.is_complete
    assert len(run.outcome.state) < 2 * size


def test_every_round_of_a_subprocess_starts_from_what_the_last_one_left() -> None:
    body = start("s") + user("ask", fields="line") + script("add", "append(lines, line)", "lines") + end("e")
    loop = standard_loop("line != null", testBefore="false")
    run = Run(engine_with(), around(subprocess("x", body + chain("s", "ask", "add", "e"), inner=loop)), {"lines": []})
    for line in (1, 2, None):
        run.answer("ask", line=line)
    assert run.outcome.is_complete
    assert run.outcome.data == {"lines": [1, 2, None], "line": None}


def test_an_interrupted_loop_leaves_nothing_open() -> None:
    source = process(
        start() + user("x", inner=standard_loop("true")) + timer("late", "x", "timeDuration", "P1D", interrupting=True)
        + end() + end("too_late") + chain("start", "x", "end") + chain("late", "too_late")
    )  # fmt: skip
    run = Run(engine_with(), source)
    run.answer("x", answer=1)
    assert run.wake(NOW + timedelta(days=2)).is_complete


def test_a_loop_without_end_or_wait_is_stopped() -> None:
    assert incident_of(counted("true").outcome).code == "process.runaway"


@pytest.mark.parametrize("action", ["add", "remove"])
def test_a_standard_loop_has_no_items(action: str) -> None:
    run = Run(engine_with(), around(user("x", inner=standard_loop("true"))))
    with pytest.raises(EngineError) as refusal:
        run.add("x", 1) if action == "add" else run.remove()
    assert refusal.value.code.startswith("multi_instance.")


def test_the_steps_show_every_round_and_then_the_loop() -> None:
    steps: list[Any] = [step for step in counted("n &lt; 2").outcome.steps if step.kind == "scriptTask"]
    assert [(step.element_id, step.event) for step in steps] == [("x", "completed")] * 3
