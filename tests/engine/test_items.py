"""One more item, or one less, while a multi-instance activity runs."""

from datetime import timedelta
from typing import Any

import pytest

from engine.errors import AnswerInvalid, EngineError, TaskNotOpen
from tests.engine.diagrams import chain, end, multi, parallel, process, start, subprocess, timer, user
from tests.engine.runs import NOW, Run, engine_with

BOTH = pytest.mark.parametrize("sequential", [True, False], ids=["sequential", "parallel"])
COLLECT = {"over": "people", "item": "person", "into": "votes", "result": "answer"}


def signing(**loop: Any) -> bytes:
    task = user("sign", inner=multi(**{**COLLECT, **loop}), title="=person")
    return process(start() + task + user("after", fields="") + end() + chain("start", "sign", "after", "end"))


def titles(run: Run) -> list[str]:
    return [task.title for task in run.outcome.open_tasks]


def test_an_added_item_is_one_more_open_task() -> None:
    run = Run(engine_with(), signing(), {"people": ["Ann", "Ben"]})
    run.add("sign", "Cem")
    assert titles(run) == ["Ann", "Ben", "Cem"]
    for number in (1, 2, 3):
        assert run.open != ["after"]
        run.answer("sign", answer=number)
    assert run.open == ["after"]
    assert run.outcome.data == {"people": ["Ann", "Ben"], "votes": [1, 2, 3]}


def test_an_item_added_to_a_sequence_comes_last() -> None:
    run = Run(engine_with(), signing(sequential=True), {"people": ["Ann", "Ben"]})
    run.answer("sign", answer=1)
    run.add("sign", "Cem")
    run.add("sign", None)
    for number, name in ((2, ["Ben"]), (3, ["Cem"]), (4, ["sign"])):
        assert titles(run) == name
        run.answer("sign", answer=number)
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == [1, 2, 3, 4]


def test_an_item_may_be_added_to_a_loop_by_number() -> None:
    source = signing(over="", times="1")
    run = Run(engine_with(), source)
    run.add("sign", "Zoe")
    run.answer("sign", answer=1)
    assert titles(run) == ["Zoe"]


@BOTH
def test_what_is_removed_leaves_no_result_and_is_shown_as_cancelled(sequential: bool) -> None:
    run = Run(engine_with(), signing(sequential=sequential), {"people": ["Ann", "Ben", "Cem"]})
    removed = run.remove()
    assert [(step.element_id, step.event) for step in removed.steps] == [("sign", "cancelled")]
    assert titles(run) == (["Ben"] if sequential else ["Ben", "Cem"])
    run.answer("sign", answer=2)
    run.answer("sign", answer=3)
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == [2, 3]


@BOTH
def test_when_the_last_is_removed_the_process_goes_on(sequential: bool) -> None:
    run = Run(engine_with(), signing(sequential=sequential), {"people": ["Ann", "Ben"]})
    run.answer("sign", answer=1)
    run.remove()
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == [1]
    assert run.answer("after").is_complete


def test_when_all_are_removed_there_is_no_result() -> None:
    run = Run(engine_with(), signing(), {"people": ["Ann", "Ben"]})
    run.remove()
    run.remove()
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == []


def test_the_numbers_of_a_condition_follow_what_is_added_and_removed() -> None:
    condition = (
        "numberOfInstances = 4 and numberOfTerminatedInstances = 2 and numberOfActiveInstances = 1"
        " and numberOfCompletedInstances = 1"
    )
    run = Run(engine_with(), signing(until=condition), {"people": ["Ann", "Ben"]})
    run.add("sign", "Cem")
    run.add("sign", "Dan")
    run.remove()
    run.remove()
    run.answer("sign", answer=1)
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == [1]


def test_an_instance_that_is_a_subprocess_goes_as_a_whole() -> None:
    body = start("s") + user("think", title="=person") + user("sign") + end("e") + chain("s", "think", "sign", "e")
    part = subprocess("part", body, inner=multi(**COLLECT))
    source = process(start() + part + user("after", fields="") + end() + chain("start", "part", "after", "end"))
    run = Run(engine_with(), source, {"people": ["Ann", "Ben"]})
    removed = run.remove()
    assert {(step.element_id, step.event) for step in removed.steps} == {("think", "cancelled"), ("part", "cancelled")}
    assert titles(run) == ["Ben"]
    run.add("part", "Cem")
    assert titles(run) == ["Ben", "Cem"]
    for element_id in ("think", "sign", "think", "sign"):
        run.answer(element_id, answer=element_id)
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == ["sign", "sign"]


def test_of_loops_inside_each_other_the_inner_instance_goes() -> None:
    inner = user("sign", title="=person", inner=multi(**{**COLLECT, "over": "group"}, number="2"))
    body = start("s") + inner + end("e") + chain("s", "sign", "e")
    part = subprocess("part", body, inner=multi(over="groups", item="group", into="all", result="votes"))
    source = process(start() + part + user("after", fields="") + end() + chain("start", "part", "after", "end"))
    run = Run(engine_with(), source, {"groups": [["Ann", "Ben"], ["Cem"]]})
    with pytest.raises(EngineError) as refusal:
        run.add("sign", "Dan")
    assert refusal.value.code == "multi_instance.not_running"
    assert refusal.value.fields["count"] == 2
    run.remove(1)
    assert titles(run) == ["Ann", "Cem"]
    run.answer("sign", answer=1)
    run.add("sign", "Dan")
    assert titles(run) == ["Cem", "Dan"]
    run.answer("sign", answer=2)
    run.answer("sign", answer=3)
    assert run.open == ["after"]
    assert run.outcome.data["all"] == [[1], [2, 3]]


def test_an_interrupted_loop_takes_its_added_items_along() -> None:
    source = process(
        start() + user("sign", inner=multi(**COLLECT)) + timer("late", "sign", "timeDuration", "P1D", interrupting=True)
        + end() + end("too_late") + chain("start", "sign", "end") + chain("late", "too_late")
    )  # fmt: skip
    run = Run(engine_with(), source, {"people": ["Ann"]})
    run.add("sign", "Ben")
    assert run.wake(NOW + timedelta(days=2)).is_complete


@pytest.mark.parametrize("element_id", ["after", "start", "nobody", ""])
def test_an_item_is_added_only_to_what_repeats_now(element_id: str) -> None:
    run = Run(engine_with(), signing(), {"people": ["Ann"]})
    with pytest.raises(EngineError) as refusal:
        run.add(element_id, "Ben")
    assert refusal.value.code == "multi_instance.not_running"


def test_nothing_is_added_once_the_loop_is_over() -> None:
    run = Run(engine_with(), signing(), {"people": ["Ann"]})
    run.answer("sign", answer=1)
    with pytest.raises(EngineError) as refusal:
        run.add("sign", "Ben")
    assert refusal.value.code == "multi_instance.not_running"


def test_an_item_must_be_plain_data() -> None:
    run = Run(engine_with(), signing(), {"people": ["Ann"]})
    with pytest.raises(AnswerInvalid):
        run.add("sign", object())


@BOTH
def test_there_are_never_more_than_a_thousand(sequential: bool) -> None:
    run = Run(engine_with(), signing(over="", times="999", sequential=sequential))
    run.add("sign", 1000)
    with pytest.raises(EngineError) as refusal:
        run.add("sign", 1001)
    assert refusal.value.code == "multi_instance.too_many"


def test_only_an_instance_can_be_removed() -> None:
    source = process(
        start() + parallel("fork") + user("alone") + user("sign", inner=multi(**COLLECT)) + end() + end("other")
        + chain("start", "fork", "alone", "end") + chain("fork", "sign", "other")
    )  # fmt: skip
    run = Run(engine_with(), source, {"people": ["Ann"]})
    with pytest.raises(EngineError) as refusal:
        run.remove(run.open.index("alone"))
    assert refusal.value.code == "multi_instance.no_instance"
    before = run.outcome
    gone = before.open_tasks[run.open.index("sign")].id
    run.answer("sign", answer=1)
    with pytest.raises(TaskNotOpen):
        run.engine.remove_item(run.definition, run.outcome.state, gone, context=None, now=NOW)


def test_nothing_is_added_to_a_loop_that_waits_for_help() -> None:
    run = Run(engine_with(), signing(), {"people": "Ann"})
    with pytest.raises(EngineError) as refusal:
        run.add("sign", "Ben")
    assert refusal.value.code == "multi_instance.not_running"
    run.retry(people=["Ann"])
    run.add("sign", "Ben")
    assert titles(run) == ["Ann", "Ben"]
