"""Multi-instance activities through the engine's face: over lists, by number, nested, cut short, bounded."""

from datetime import timedelta
from typing import Any

import pytest

from tests.engine.diagrams import (
    call,
    chain,
    end,
    multi,
    parallel,
    process,
    script,
    service,
    settings,
    start,
    subprocess,
    timer,
    user,
)
from tests.engine.runs import NOW, Run, engine_with, incident_of

BOTH = pytest.mark.parametrize("sequential", [True, False], ids=["sequential", "parallel"])


def around(activity: str, *, extra: str = "", after: str = "") -> bytes:
    """start → `x` → (`after` →) end."""
    ways = chain("start", "x", *(["after"] if after else []), "end")
    return process(start() + activity + after + end() + ways, extra=extra)


def asked(**loop: Any) -> bytes:
    """A user task `x` that repeats and shows its item and number."""
    title = '=string(loopCounter) + ":" + (if person = null then "nobody" else string(person))'
    return around(user("x", inner=multi(**loop), title=title))


def titles(run: Run) -> list[str]:
    return [task.title for task in run.outcome.open_tasks]


def answer(run: Run, title: str, **fields: Any) -> None:
    """Answer the open task with this title."""
    task = next(task for task in run.outcome.open_tasks if task.title == title)
    run.outcome = run.engine.complete(run.definition, run.outcome.state, task.id, fields, context=None, now=run.now)


COLLECT = {"over": "people", "item": "person", "into": "votes", "result": "answer"}


def test_results_stand_in_the_order_of_the_items_however_they_come_in() -> None:
    run = Run(engine_with(), asked(**COLLECT), {"people": ["Ann", "Ben", "Cem"]})
    assert titles(run) == ["1:Ann", "2:Ben", "3:Cem"]
    answer(run, "3:Cem", answer=3)
    assert run.outcome.data["votes"] == [3]
    answer(run, "1:Ann", answer=1)
    assert run.outcome.data["votes"] == [1, 3]
    answer(run, "2:Ben", answer=2)
    assert run.outcome.is_complete
    assert run.outcome.data == {"people": ["Ann", "Ben", "Cem"], "votes": [1, 2, 3]}


@BOTH
def test_null_is_an_item_like_any_other(sequential: bool) -> None:
    run = Run(engine_with(), asked(**COLLECT, sequential=sequential), {"people": [None, "Ben", None]})
    for number, name in ((1, "nobody"), (2, "Ben"), (3, "nobody")):
        answer(run, f"{number}:{name}", answer=number)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == [1, 2, 3]


@BOTH
@pytest.mark.parametrize(("times", "count"), [("3", 3), ("n + 1", 2), ("0", 0), ("count([5, 6])", 2)])
def test_a_number_says_how_many_instances_there_are(times: str, count: int, sequential: bool) -> None:
    source = around(user("x", inner=multi(times=times, into="all", result="answer", sequential=sequential)))
    run = Run(engine_with(), source, {"n": 1})
    for number in range(count):
        assert len(run.open) == (1 if sequential else count - number)
        run.answer("x", answer=number)
    assert run.outcome.is_complete
    assert run.outcome.data == {"n": 1, "all": list(range(count))}


@pytest.mark.parametrize("times", ["-1", "1.5", "null", "true", '"3"', "unknown"])
def test_what_is_no_number_of_instances_is_refused(times: str) -> None:
    run = Run(engine_with(), around(user("x", inner=multi(times=times))))
    assert incident_of(run.outcome).code == "multi_instance.cardinality"
    assert run.open == []


@BOTH
def test_a_thousand_instances_are_the_most(sequential: bool) -> None:
    loops = (multi(times="n", sequential=sequential), multi(over="1..n", item="i", sequential=sequential))
    for loop in (loops[0], loops[1].replace("1..n", "for i in 1..n return i")):
        source = around(user("x", inner=loop))
        assert len(Run(engine_with(), source, {"n": 1000}).open) == (1 if sequential else 1000)
        for many in (1001, 5000):
            incident = incident_of(Run(engine_with(), source, {"n": many}).outcome)
            assert incident.code == "multi_instance.too_many"
            assert "1000" in str(incident)


def test_a_huge_number_is_refused_before_anything_is_made() -> None:
    run = Run(engine_with(), around(user("x", inner=multi(times="10 ** 30"))))
    assert incident_of(run.outcome).code == "multi_instance.too_many"


def test_loops_inside_loops_do_not_multiply_without_end() -> None:
    inner = start("s") + user("ask", inner=multi(times="500", number="2")) + end("e") + chain("s", "ask", "e")
    run = Run(engine_with(), around(subprocess("x", inner, inner=multi(times="100"))))
    assert 5_000 < len(run.open) < 10_000
    assert {incident.code for incident in run.outcome.incidents} == {"multi_instance.too_many"}


@pytest.mark.parametrize(("spelling", "count"), [("1", 1), ("0", 3), (" true ", 1)])
def test_yes_and_no_may_be_numbers_as_in_xml_schema(spelling: str, count: int) -> None:
    source = around(user("x", inner=multi(times="3").replace('"false"', f'"{spelling}"')))
    assert len(Run(engine_with(), source).open) == count


@BOTH
def test_a_list_may_be_an_expression(sequential: bool) -> None:
    source = asked(**{**COLLECT, "over": "order.people[item != &quot;Ben&quot;]"}, sequential=sequential)
    run = Run(engine_with(), source, {"order": {"people": ["Ann", "Ben", "Cem"]}})
    answer(run, "1:Ann", answer=1)
    answer(run, "2:Cem", answer=2)
    assert run.outcome.data["votes"] == [1, 2]


def test_the_items_are_those_the_list_had_when_the_loop_began() -> None:
    source = process(
        start()
        + parallel("fork")
        + user("x", inner=multi(**COLLECT, sequential=True), title="=person")
        + user("beside", fields="people")
        + end()
        + end("other")
        + chain("start", "fork", "x", "end")
        + chain("fork", "beside", "other")
    )
    run = Run(engine_with(), source, {"people": ["Ann", "Ben"]})
    run.answer("beside", people=["Zoe"])
    answer(run, "Ann", answer=1)
    answer(run, "Ben", answer=2)
    assert run.outcome.is_complete
    assert run.outcome.data == {"people": ["Zoe"], "votes": [1, 2]}


@BOTH
def test_without_results_the_last_instance_to_change_a_variable_wins(sequential: bool) -> None:
    source = around(user("x", fields="note", inner=multi(over="people", item="person", sequential=sequential)))
    run = Run(engine_with(), source, {"people": [1, 2], "note": None, "person": "outside"})
    run.answer("x", note="first")
    assert run.outcome.data["note"] == "first"
    run.answer("x", note="second")
    assert run.outcome.data == {"people": [1, 2], "note": "second", "person": "outside"}


def test_an_instance_that_changes_nothing_undoes_nothing() -> None:
    body = start("s") + user("look", fields="") + user("write", fields="note") + end("e")
    loop = multi(over="people", item="person")
    source = around(subprocess("x", body + chain("s", "look", "write", "e"), inner=loop))
    run = Run(engine_with(), source, {"people": [1, 2], "kept": 0})
    run.answer("look")
    run.answer("write", note="of the first")
    assert run.outcome.data["note"] == "of the first"
    run.answer("look")
    assert run.outcome.data["note"] == "of the first"


@BOTH
def test_results_may_have_the_name_of_a_variable_and_start_without_its_value(sequential: bool) -> None:
    body = start("s") + user("think", fields="other") + end("e") + chain("s", "think", "e")
    loop = multi(**{**COLLECT, "result": "vote"}, sequential=sequential)
    run = Run(engine_with(), around(subprocess("x", body, inner=loop)), {"people": [1, 2], "vote": "of yesterday"})
    run.answer("think", other=1)
    run.answer("think", other=1)
    assert run.outcome.is_complete
    assert run.outcome.data == {"people": [1, 2], "vote": "of yesterday", "votes": [None, None]}


@BOTH
def test_loops_may_use_the_same_names_inside_each_other(sequential: bool) -> None:
    """The inner `item` is not the outer one, which is itself again afterwards."""
    inside = user("ask", title="=string(item)", inner=multi(
        over="item", item="item", into="answers", result="answer", sequential=sequential, number="2"))  # fmt: skip
    body = start("s") + inside + user("sum", title="=string(count(item))") + end("e") + chain("s", "ask", "sum", "e")
    loop = multi(over="groups", item="item", into="all", result="answers", sequential=sequential)
    run = Run(engine_with(), around(subprocess("x", body, inner=loop)), {"groups": [[1, 2], [3]], "item": "outside"})
    for title in ("1", "2"):
        answer(run, title, answer=title)
    answer(run, "2", answer=0)
    answer(run, "3", answer="3")
    answer(run, "1", answer=0)
    assert run.outcome.is_complete
    assert run.outcome.data == {"groups": [[1, 2], [3]], "item": "outside", "all": [["1", "2"], ["3"]]}


CONDITIONS = [
    ("numberOfCompletedInstances = 2", 2),
    ("numberOfCompletedInstances / numberOfInstances >= 0.75", 3),
    ("numberOfActiveInstances = 1", 3),
    ("answer = 2", 2),
    ("count(votes[item > 0]) = 2", 2),
    ("count(votes) = 3 and person = &quot;Cem&quot;", 3),
    ("null", 4),
    ("numberOfCompletedInstances", 4),
    ("numberOfTerminatedInstances > 0", 4),
]


@pytest.mark.parametrize(("condition", "rounds"), CONDITIONS)
def test_a_completion_condition_cuts_a_parallel_loop_short(condition: str, rounds: int) -> None:
    run = Run(engine_with(), asked(**COLLECT, until=condition), {"people": ["Ann", "Ben", "Cem", "Dan"]})
    for number, name in list(enumerate(["Ann", "Ben", "Cem", "Dan"], 1))[:rounds]:
        assert not run.outcome.is_complete
        answer(run, f"{number}:{name}", answer=number)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == list(range(1, rounds + 1))
    assert [step.element_id for step in run.outcome.steps if step.event == "cancelled"] == ["x"] * (4 - rounds)


@pytest.mark.parametrize(
    ("condition", "rounds"),
    [("numberOfCompletedInstances = 2", 2), ("numberOfCompletedInstances / numberOfInstances > 0.5", 3),
     ("answer = 3", 3), ("numberOfActiveInstances > 0", 4)],
)  # fmt: skip
def test_a_completion_condition_ends_a_sequential_loop(condition: str, rounds: int) -> None:
    source = asked(**COLLECT, until=condition, sequential=True)
    run = Run(engine_with(), source, {"people": ["Ann", "Ben", "Cem", "Dan"]})
    for number in range(1, rounds + 1):
        assert not run.outcome.is_complete
        run.answer("x", answer=number)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == list(range(1, rounds + 1))


WAITING = (
    start("s")
    + parallel("inner_fork")
    + user("a")
    + timer("late", "a", "timeDuration", "P9D")
    + '<bpmn:receiveTask id="b" messageRef="m"/>'
    + subprocess("deep", start("ds") + user("c") + end("de") + chain("ds", "c", "de"))
    + end("e")
    + end("late_end")
    + chain("s", "inner_fork", "a", "e")
    + chain("inner_fork", "b", "e")
    + chain("inner_fork", "deep", "e")
    + chain("late", "late_end")
)
MESSAGE = '<bpmn:message id="m" name="go"/>'


@BOTH
@pytest.mark.parametrize("kind", ["subprocess", "call"])
def test_what_ends_a_loop_leaves_nothing_open(kind: str, sequential: bool) -> None:
    """A boundary event interrupts instances that hold tasks, timers, messages and subprocesses."""
    loop = multi(over="people", item="person", sequential=sequential)
    activity = subprocess("x", WAITING, inner=loop) if kind == "subprocess" else call("x", "called", inner=loop)
    extra = MESSAGE + ("" if kind == "subprocess" else f'<bpmn:process id="called">{WAITING}</bpmn:process>')
    stop = timer("stop", "x", "timeDuration", "P1D", interrupting=True)
    source = process(
        start() + activity + stop + user("after") + end() + end("stopped")
        + chain("start", "x", "end") + chain("stop", "after", "stopped"),
        extra=extra,
    )  # fmt: skip
    run = Run(engine_with(), source, {"people": [1, 2, 3]})
    count = 1 if sequential else 3
    assert (len(run.open), len(run.outcome.timers)) == (2 * count, count + 1)
    small = len(Run(engine_with(), around(user("x"))).outcome.state)
    run.wake(NOW + timedelta(days=2))
    assert run.open == ["after"]
    assert (run.outcome.messages, run.outcome.timers) == ((), ())
    assert len(run.outcome.state) < small + 300
    assert run.answer("after").is_complete


def test_a_condition_that_ends_a_loop_leaves_nothing_open_inside_the_others() -> None:
    loop = multi(over="people", item="person", until="numberOfCompletedInstances = 1")
    source = process(
        start() + subprocess("x", WAITING.replace("inner_fork", "f"), inner=loop) + user("after") + end()
        + chain("start", "x", "after", "end"),
        extra=MESSAGE,
    )  # fmt: skip
    run = Run(engine_with(), source, {"people": [1, 2, 3]})
    run.answer("a")
    run.answer("c")
    assert run.open.count("a") == 2
    run.deliver("go")
    assert run.open == ["after"]
    assert (run.outcome.messages, run.outcome.timers) == ((), ())
    assert run.answer("after").is_complete


def test_services_and_scripts_repeat_without_anyone_waiting() -> None:
    seen: list[Any] = []

    def act(_context: Any, x: Any) -> Any:
        seen.append(x)
        return {"got": x * 10}

    engine = engine_with(act=act)
    engine.catalogue["act"].params["x"] = "any"
    kept = settings(result_fields="got")
    called = service("x", "act", x="line").replace("</bpmn:extensionElements>", kept + "</bpmn:extensionElements>")
    for sequential in (True, False):
        seen.clear()
        loop = multi(over="lines", item="line", into="all", result="got", sequential=sequential)
        repeated = called.replace("</bpmn:serviceTask>", loop + "</bpmn:serviceTask>")
        done = Run(engine, around(repeated), {"lines": [1, 2, 3]}).outcome
        assert done.is_complete
        assert done.data == {"lines": [1, 2, 3], "all": [10, 20, 30]}
        assert seen == [1, 2, 3]
        doubled = script("x", "line * 2", "twice").replace("</bpmn:scriptTask>", loop + "</bpmn:scriptTask>")
        done = Run(engine, around(doubled.replace('"twice"', '"got"')), {"lines": [1, 2, 3]}).outcome
        assert done.data["all"] == [2, 4, 6]


def test_a_thousand_services_in_a_row_are_no_runaway() -> None:
    loop = multi(times="1000", into="all", result="twice", sequential=True)
    source = around(script("x", "loopCounter * 2", "twice").replace("</bpmn:scriptTask>", loop + "</bpmn:scriptTask>"))
    done = Run(engine_with(), source).outcome
    assert done.is_complete
    assert done.data["all"] == [2 * number for number in range(1, 1001)]


def test_a_sequential_loop_costs_no_more_at_its_end() -> None:
    source = around(user("x", inner=multi(times="60", sequential=True)))
    run = Run(engine_with(), source)
    sizes = []
    for number in range(60):
        sizes.append(len(run.outcome.state))
        run.answer("x", answer=number)
    assert run.outcome.is_complete
    assert max(sizes) < sizes[0] + 250


@BOTH
def test_an_empty_list_goes_on_at_once(sequential: bool) -> None:
    source = around(user("x", inner=multi(**COLLECT, sequential=sequential)), after=user("after"))
    run = Run(engine_with(), source, {"people": []})
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == []
