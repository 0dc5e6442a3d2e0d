"""Loops, branches, joins, subprocesses and multi-instances through the engine's face."""

from datetime import timedelta
from typing import Any

import pytest

from engine.runtime.workflow import MAX_STEPS
from tests.engine.diagrams import chain, end, exclusive, flow, one_task, process, service, start, timer, user
from tests.engine.runs import LOOP, NOW, Run, engine_with, incident_of


def _circle(*nodes: str) -> bytes:
    body = "".join(service(node, "act") for node in nodes)
    ways = chain("start", "again", *nodes) + flow(nodes[-1], "again") + flow("again", "end", "false", "never")
    return process(start() + exclusive("again", f"again_to_{nodes[0]}") + body + end() + ways)


def test_a_circle_without_a_wait_is_stopped() -> None:
    run = 0

    def act(_context: Any) -> None:
        nonlocal run
        run += 1

    outcome = Run(engine_with(act=act), _circle("a", "b")).outcome
    assert incident_of(outcome).code == "process.runaway"
    assert run < MAX_STEPS


def test_conditions_take_the_way_only_when_true() -> None:
    source = process(
        start()
        + exclusive("which", "which_to_no")
        + end("yes")
        + end("no")
        + chain("start", "which", "no")
        + flow("which", "yes", "x")
    )
    for x, way in ((True, "yes"), (False, "no"), (1, "no"), ("true", "no"), (None, "no")):
        steps = Run(engine_with(), source, {"x": x}).outcome.steps
        assert steps[-1].element_id == way


def test_parallel_branches_meet() -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + user("a", fields="a")
        + user("b", fields="b")
        + end()
        + chain("start", "fork", "a", "join", "end")
        + chain("fork", "b", "join")
    )
    run = Run(engine_with(), source)
    assert sorted(run.open) == ["a", "b"]
    run.answer("b", b=2)
    assert not run.outcome.is_complete
    done = run.answer("a", a=1)
    assert done.is_complete
    assert done.data == {"a": 1, "b": 2}


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_three_branches_meet_in_any_order(order: str) -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + "".join(user(name, fields=name) for name in "abc")
        + end()
        + chain("start", "fork", "a", "join", "end")
        + chain("fork", "b", "join")
        + chain("fork", "c", "join")
    )
    run = Run(engine_with(), source)
    for name in order:
        assert not run.outcome.is_complete
        run.answer(name, **{name: 1})
    assert run.outcome.is_complete
    assert run.outcome.data == {"a": 1, "b": 1, "c": 1}


def test_what_follows_a_timer_sees_what_changed_while_it_waited() -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/>'
        + user("a", fields="x")
        + user("b")
        + timer("late", "b", "timeDuration", "P1D")
        + user("watch", title="=string(x)")
        + end()
        + end("watched")
        + end("other")
        + chain("start", "fork", "a", "other")
        + chain("fork", "b", "end")
        + chain("late", "watch", "watched")
    )
    run = Run(engine_with(), source, {"x": 1})
    run.answer("a", x=2)
    run.wake(NOW + timedelta(days=1))
    assert [task.title for task in run.outcome.open_tasks if task.element_id == "watch"] == ["2"]


def test_a_loop_inside_a_loop_collects_afresh_each_time() -> None:
    source = process(
        start()
        + exclusive("merge")
        + user("ask", inner=LOOP.format(sequential="false"))
        + user("again", fields="more")
        + exclusive("more_rounds", "more_rounds_to_end")
        + end()
        + chain("start", "merge", "ask", "again", "more_rounds", "end")
        + flow("more_rounds", "merge", "more")
    )
    run = Run(engine_with(), source, {"people": [3, 4]})
    for number in range(3):
        run.answer("ask", answer=number)
        run.answer("ask", answer=number)
        assert run.outcome.data["votes"] == [number, number]
        run.answer("again", more=number < 2)
    assert run.outcome.is_complete


def test_parallel_branches_meet_in_every_round_of_a_loop() -> None:
    source = process(
        start()
        + exclusive("merge")
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + user("a", fields="a")
        + user("b", fields="b")
        + exclusive("again", "again_to_merge")
        + end()
        + chain("start", "merge", "fork", "a", "join", "again", "merge")
        + chain("fork", "b", "join")
        + flow("again", "end", "a = 40")
    )
    run = Run(engine_with(), source)
    for number in range(1, 41):
        assert sorted(run.open) == ["a", "b"]
        first, second = ("a", "b") if number % 2 else ("b", "a")
        run.answer(first, **{first: number})
        assert run.open == [second]
        run.answer(second, **{second: number})
    assert run.outcome.is_complete


def _two_branches(*, a: str, b: str) -> bytes:
    return process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + user("a", fields=a)
        + user("b", fields=b, title="=string(x)")
        + user("last", fields="")
        + end()
        + chain("start", "fork", "a", "join", "last", "end")
        + chain("fork", "b", "join")
    )


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_the_branch_that_comes_last_does_not_undo_what_others_did(order: str) -> None:
    run = Run(engine_with(), _two_branches(a="x", b="y"), {"x": [1, 2], "y": 0})
    answers = {"a": {"x": [2, 1]}, "b": {"y": 5}}
    for element_id in order:
        run.answer(element_id, **answers[element_id])
    assert run.open == ["last"]
    assert run.outcome.data == {"x": [2, 1], "y": 5}
    assert run.answer("last").data == {"x": [2, 1], "y": 5}


def test_a_branch_sees_at_once_what_another_has_changed() -> None:
    run = Run(engine_with(), _two_branches(a="x", b="y"), {"x": 1})
    run.answer("a", x=2)
    assert [(task.element_id, task.title) for task in run.outcome.open_tasks] == [("b", "2")]


def test_an_escalation_changes_the_variables_of_the_main_way() -> None:
    source = process(
        start()
        + user("ask", title="=string(level)")
        + timer("late", "ask", "timeDuration", "P1D")
        + service("escalate", "act", keep="level")
        + user("watch", fields="watched")
        + end("escalated")
        + end()
        + chain("start", "ask", "end")
        + chain("late", "escalate", "watch", "escalated")
    )
    run = Run(engine_with(act=lambda _context: {"level": 2}), source, {"level": 1})
    run.wake(NOW + timedelta(days=1))
    assert sorted((task.element_id, task.title) for task in run.outcome.open_tasks) == [
        ("ask", "2"),
        ("watch", "watch"),
    ]
    run.answer("ask", answer="yes")
    done = run.answer("watch", watched=True)
    assert done.is_complete
    assert done.data == {"level": 2, "answer": "yes", "watched": True}


def test_a_subprocess_and_what_runs_beside_it_share_their_variables() -> None:
    inner = start("s") + user("inside", fields="a", title="=string(b)") + user("deeper", fields="c") + end("e")
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + f'<bpmn:subProcess id="part">{inner}{chain("s", "inside", "deeper", "e")}</bpmn:subProcess>'
        + user("beside", fields="b", title="=string(a)")
        + end()
        + chain("start", "fork", "part", "join", "end")
        + chain("fork", "beside", "join")
    )
    run = Run(engine_with(), source, {"a": 0, "b": 0})
    run.answer("inside", a=1)
    assert next(task.title for task in run.outcome.open_tasks if task.element_id == "beside") == "1"
    run.answer("beside", b=2)
    done = run.answer("deeper", c=3)
    assert done.is_complete
    assert done.data == {"a": 1, "b": 2, "c": 3}


def test_the_instances_of_a_loop_keep_to_themselves() -> None:
    run = Run(engine_with(), _loop("false"), {"people": [3, 4], "other": 1})
    run.answer("ask", answer="mine")
    assert [task.properties["candidates"] for task in run.outcome.open_tasks] == [[4]]
    assert run.outcome.data.keys() == {"people", "other", "votes"}
    assert run.answer("ask", answer="yours").data["votes"] == ["mine", "yours"]


def test_a_subprocess_runs_inside_its_process() -> None:
    inner = start("inner_start") + user("inner_ask") + end("inner_end") + chain("inner_start", "inner_ask", "inner_end")
    source = process(
        start() + f'<bpmn:subProcess id="part">{inner}</bpmn:subProcess>' + user("ask", fields="last") + end()
        + chain("start", "part", "ask", "end")
    )  # fmt: skip
    run = Run(engine_with(), source, {"x": 1})
    assert run.open == ["inner_ask"]
    run.answer("inner_ask", answer=2)
    assert run.open == ["ask"]
    assert "part" in [step.element_id for step in run.outcome.steps]
    done = run.answer("ask", last=3)
    assert done.is_complete
    assert done.data == {"x": 1, "answer": 2, "last": 3}


def _loop(sequential: str) -> bytes:
    return one_task(inner=LOOP.format(sequential=sequential), candidates="=[person]")


def test_everyone_is_asked_at_once() -> None:
    run = Run(engine_with(), _loop("false"), {"people": [3, 4, 5]})
    assert [task.candidates for task in run.outcome.open_tasks] == [[3], [4], [5]]
    for vote in ("yes", "no", "yes"):
        run.answer("ask", answer=vote)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == ["yes", "no", "yes"]


def test_everyone_is_asked_in_turn() -> None:
    run = Run(engine_with(), _loop("true"), {"people": [3, 4]})
    assert [task.candidates for task in run.outcome.open_tasks] == [[3]]
    run.answer("ask", answer="yes")
    assert [task.candidates for task in run.outcome.open_tasks] == [[4]]
    assert run.answer("ask", answer="no").data["votes"] == ["yes", "no"]
    assert run.outcome.is_complete


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_an_instance_goes_on_in_another_process(sequential: str) -> None:
    run = Run(engine_with(), _loop(sequential), {"people": [3, 4, 5]})
    for vote in ("yes", "no", "yes"):
        run.engine = engine_with()  # has parsed nothing yet
        run.definition = run.engine.load(_loop(sequential), {})
        run.answer("ask", answer=vote)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == ["yes", "no", "yes"]


@pytest.mark.parametrize("people", [None, "abc", 7])
@pytest.mark.parametrize("sequential", ["true", "false"])
def test_what_is_no_list_is_refused_instead_of_waiting_for_ever(sequential: str, people: Any) -> None:
    run = Run(engine_with(), _loop(sequential), {"people": people})
    assert incident_of(run.outcome).code == "multi_instance.items"


def test_two_loops_may_call_their_item_the_same() -> None:
    def loop(number: int) -> str:
        return (
            LOOP.format(sequential="false")
            .replace('id="person"', f'id="item_{number}" name="person"')
            .replace('id="answer"', f'id="output_{number}" name="answer"')
            .replace(">votes<", f">votes_{number}<")
        )

    source = process(
        start()
        + user("a", inner=loop(1), title="=person")
        + user("b", inner=loop(2), title="=person")
        + end()
        + chain("start", "a", "b", "end")
    )
    run = Run(engine_with(), source, {"people": ["Ann"]})
    assert run.outcome.open_tasks[0].title == "Ann"
    run.answer("a", answer="yes")
    assert run.outcome.open_tasks[0].title == "Ann"
    data = run.answer("b", answer="no").data
    assert (data["votes_1"], data["votes_2"]) == (["yes"], ["no"])
