"""Inclusive gateways: which tokens they wait for and which ways they take, through the engine's face."""

from datetime import timedelta
from typing import Any

import pytest

from engine.bpmn import gateways
from tests.engine.diagrams import (
    chain,
    end,
    exclusive,
    flow,
    inclusive,
    multi,
    parallel,
    process,
    script,
    start,
    timer,
    user,
)
from tests.engine.runs import NOW, Run, engine_with, incident_of


def _choose() -> bytes:
    """An inclusive split into a, b and (default) c, which meet in `join`."""
    return process(
        start()
        + inclusive("split", "split_to_c")
        + inclusive("join")
        + user("a")
        + user("b")
        + user("c")
        + user("after")
        + end()
        + chain("start", "split", "c", "join", "after", "end")
        + flow("split", "a", "x < 10")
        + flow("split", "b", "x < 20")
        + chain("a", "join")
        + chain("b", "join")
    )


@pytest.mark.parametrize(("x", "ways"), [(5, ["a", "b"]), (15, ["b"]), (25, ["c"]), (None, ["c"])])
def test_every_way_whose_condition_is_true_is_taken_and_the_default_only_when_none_is(x: Any, ways: list[str]) -> None:
    run = Run(engine_with(), _choose(), {"x": x})
    assert sorted(run.open) == ways
    for way in ways:
        assert "after" not in run.open
        run.answer(way)
    assert run.open == ["after"]
    assert run.did.count(("join", "completed")) == 1
    assert run.answer("after").is_complete


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_an_inclusive_join_shows_the_flows_that_were_taken(order: str) -> None:
    run = Run(engine_with(), _choose(), {"x": 5})
    for way in order:
        run.answer(way)
        flows = [step.element_id for step in run.outcome.steps if step.kind == "sequenceFlow"]
        assert flows == ([f"{way}_to_join"] if way == order[0] else [f"{way}_to_join", "join_to_after"])
    assert [step.event for step in run.outcome.steps].count("cancelled") == 0


def test_a_single_condition_that_is_false_stops_with_a_sentence() -> None:
    source = process(
        start() + inclusive("only") + user("a") + end() + chain("start", "only") + flow("only", "a", "x")
        + chain("a", "end")
    )  # fmt: skip
    assert incident_of(Run(engine_with(), source, {"x": False}).outcome).code == "gateway.no_way"


def test_an_inclusive_join_does_not_wait_for_a_branch_that_went_elsewhere() -> None:
    """b may end early; then nothing can come over b any more."""
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + user("a")
        + user("b")
        + exclusive("early", "early_to_join")
        + end("early_end")
        + user("after")
        + end()
        + chain("start", "fork", "a", "join", "after", "end")
        + chain("fork", "b", "early", "join")
        + flow("early", "early_end", "answer")
    )
    run = Run(engine_with(), source)
    run.answer("a", answer=False)
    assert run.open == ["b"]
    run.answer("b", answer=True)
    assert run.open == ["after"]
    assert run.answer("after", answer=1).is_complete


def test_an_inclusive_join_goes_on_when_an_interrupted_branch_leads_elsewhere() -> None:
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + user("a")
        + user("b")
        + timer("late", "b", "timeDuration", "P1D", interrupting=True)
        + end("too_late")
        + user("after")
        + end()
        + chain("start", "fork", "a", "join", "after", "end")
        + chain("fork", "b", "join")
        + chain("late", "too_late")
    )
    run = Run(engine_with(), source)
    run.answer("a")
    assert run.open == ["b"]
    run.wake(NOW + timedelta(days=2))
    assert run.open == ["after"]
    assert run.answer("after").is_complete


def test_an_inclusive_join_waits_for_what_a_boundary_event_may_still_send() -> None:
    """The main way of b leads elsewhere; only its reminder leads to the join."""
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + user("a")
        + user("b")
        + timer("late", "b", "timeDuration", "P1D")
        + end("other")
        + user("after")
        + end()
        + chain("start", "fork", "a", "join", "after", "end")
        + chain("fork", "b", "other")
        + chain("late", "join")
    )
    reminded = Run(engine_with(), source)
    reminded.answer("a")
    assert reminded.open == ["b"]
    reminded.wake(NOW + timedelta(days=2))
    assert sorted(reminded.open) == ["after", "b"]
    in_time = Run(engine_with(), source)
    in_time.answer("a")
    in_time.answer("b")
    assert in_time.open == ["after"]


def test_a_token_that_can_only_follow_another_does_not_hold_the_join_up() -> None:
    """Both tokens come by the same flow: the second activates the join a second time (table 13.3: path to a filled)."""
    source = process(
        start()
        + parallel("fork")
        + exclusive("merge")
        + user("work", fields="x")
        + inclusive("join")
        + user("never")
        + exclusive("which", "which_to_merge")
        + user("after")
        + end()
        + chain("start", "fork", "merge", "work", "join", "after", "end")
        + chain("fork", "which", "merge")
        + flow("which", "never", "false")
        + chain("never", "join")
    )
    run = Run(engine_with(), source)
    assert run.open == ["work", "work"]
    run.answer("work", x=1)
    assert sorted(run.open) == ["after", "work"]
    run.answer("work", x=2)
    assert run.open == ["after", "after"]
    run.answer("after")
    assert run.answer("after").is_complete


def test_an_inclusive_join_goes_on_when_what_it_waits_for_is_skipped() -> None:
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + user("a")
        + user("b")
        + timer("late", "b", "timeDuration", "nothing")
        + end("other")
        + user("after")
        + end()
        + chain("start", "fork", "a", "join", "after", "end")
        + chain("fork", "b", "other")
        + chain("late", "join")
    )
    run = Run(engine_with(), source)
    run.answer("a")
    assert run.open == ["b"]
    assert incident_of(run.outcome).element_id == "late"
    run.skip()
    assert sorted(run.open) == ["after", "b"]


def test_an_inclusive_join_takes_one_token_of_each_flow_and_keeps_the_others() -> None:
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + exclusive("merge")
        + user("a")
        + user("b")
        + user("c")
        + user("after")
        + end()
        + chain("start", "fork", "a", "merge", "join", "after", "end")
        + chain("fork", "c", "merge")
        + chain("fork", "b", "join")
    )
    run = Run(engine_with(), source)
    run.answer("a")
    run.answer("c")
    assert run.open == ["b"]
    run.answer("b")
    assert run.open == ["after", "after"]
    assert run.did.count(("join", "completed")) == 2
    run.answer("after")
    assert run.answer("after").is_complete


def test_an_inclusive_join_is_right_in_every_round_of_a_loop() -> None:
    """Odd rounds take a and b, even rounds b alone."""
    source = process(
        start()
        + exclusive("merge")
        + inclusive("split", "split_to_c")
        + inclusive("join")
        + user("a", fields="a")
        + user("b", fields="b")
        + user("c", fields="c")
        + user("count", fields="round")
        + exclusive("again", "again_to_merge")
        + end()
        + chain("start", "merge", "split", "c", "join", "count", "again", "merge")
        + flow("split", "a", "odd(round)")
        + flow("split", "b", "true")
        + chain("a", "join")
        + chain("b", "join")
        + flow("again", "end", "round = 40")
    )
    run = Run(engine_with(), source, {"round": 1})
    sizes = []
    for number in range(1, 40):
        for way in ("a", "b") if number % 2 else ("b",):
            assert way in run.open
            run.answer(way)
        assert run.open == ["count"]
        sizes.append(len(run.outcome.state))
        run.answer("count", round=number + 1)
    assert run.outcome.is_complete
    assert max(sizes[20:]) <= max(sizes[:4]) + 8


def test_a_branch_that_loops_back_before_the_join_is_waited_for() -> None:
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + user("a", fields="x")
        + exclusive("back")
        + user("b", fields="redo")
        + exclusive("again", "again_to_join")
        + user("after")
        + end()
        + chain("start", "fork", "a", "join", "after", "end")
        + chain("fork", "back", "b", "again", "join")
        + flow("again", "back", "redo")
    )
    run = Run(engine_with(), source)
    run.answer("a", x=1)
    for _ in range(5):
        run.answer("b", redo=True)
        assert run.open == ["b"]
    run.answer("b", redo=False)
    assert run.open == ["after"]
    assert run.answer("after").is_complete


def test_nested_inclusive_gateways_wait_inside_out() -> None:
    source = process(
        start()
        + inclusive("outer", "outer_to_c")
        + inclusive("inner", "inner_to_b")
        + inclusive("inner_join")
        + inclusive("outer_join")
        + user("a")
        + user("b")
        + user("c")
        + user("after")
        + end()
        + chain("start", "outer", "c", "outer_join", "after", "end")
        + flow("outer", "inner", "true")
        + flow("inner", "a", "true")
        + chain("inner", "b", "inner_join", "outer_join")
        + chain("a", "inner_join")
    )
    run = Run(engine_with(), source)
    assert run.open == ["a"]
    run.answer("a")
    assert run.open == ["after"]
    assert run.answer("after").is_complete


def test_an_inclusive_join_inside_a_subprocess_looks_at_its_own_tokens_only() -> None:
    inner = (
        start("s")
        + parallel("fork")
        + inclusive("join")
        + user("a")
        + user("b")
        + end("e")
        + chain("s", "fork", "a", "join", "e")
        + chain("fork", "b", "join")
    )
    source = process(
        start()
        + parallel("outside")
        + f'<bpmn:subProcess id="part">{inner}</bpmn:subProcess>'
        + user("beside")
        + end()
        + end("other")
        + chain("start", "outside", "part", "end")
        + chain("outside", "beside", "other")
    )
    run = Run(engine_with(), source)
    run.answer("a")
    assert sorted(run.open) == ["b", "beside"]
    run.answer("b")
    assert run.open == ["beside"]
    assert run.answer("beside").is_complete


def test_a_join_that_waits_beside_busy_loops_seldom_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look at each of 900 instances after each of 900 steps."""
    looks: list[str] = []
    position = gateways._position
    monkeypatch.setattr(gateways, "_position", lambda task: looks.append(task.id) or position(task))
    loops = [multi(times="300", number=str(number)) for number in range(3)]
    tasks = "".join(
        script(f"x{number}", "1", "y").replace("</bpmn:scriptTask>", f"{loop}</bpmn:scriptTask>")
        for number, loop in enumerate(loops)
    )
    source = process(
        start()
        + parallel("fork")
        + inclusive("join")
        + user("wait")
        + tasks
        + end()
        + end("other")
        + chain("start", "fork", "join", "end")
        + chain("fork", "wait", "join")
        + "".join(chain("fork", f"x{number}", "other") for number in range(3))
    )
    run = Run(engine_with(), source)
    assert run.open == ["wait"]
    assert len(looks) < 5_000
    assert run.answer("wait").is_complete
