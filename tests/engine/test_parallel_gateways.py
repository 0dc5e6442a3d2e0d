"""Parallel gateways: one token from every flow, and what is left over, through the engine's face."""

from tests.engine.diagrams import chain, end, exclusive, flow, parallel, process, service, start, user
from tests.engine.runs import Run, engine_with


def _twice() -> bytes:
    """A parallel join that a loop feeds over `a` as often as people like."""
    return process(
        start()
        + parallel("fork", "join", "more")
        + exclusive("merge")
        + user("a", fields="again")
        + user("b", fields="b")
        + exclusive("loop", "loop_to_enough")
        + end("enough")
        + user("after")
        + end()
        + chain("start", "fork", "merge", "a", "more", "join", "after", "end")
        + chain("fork", "b", "join")
        + chain("more", "loop", "enough")
        + flow("loop", "merge", "again")
    )


def test_tokens_left_over_at_a_parallel_join_stay_on_their_flow() -> None:
    run = Run(engine_with(), _twice())
    run.answer("a", again=True)
    run.answer("a", again=False)
    assert run.open == ["b"]
    run.answer("b", b=1)
    assert run.open == ["after"]
    run.answer("after")
    assert not run.outcome.is_complete  # one token waits at the join for a second one of b, which cannot come


def test_a_parallel_join_wants_a_token_of_every_flow_not_two_of_one() -> None:
    source = process(
        start()
        + parallel("fork", "join")
        + exclusive("merge")
        + user("a", fields="a")
        + user("b", fields="b")
        + user("c", fields="c")
        + user("after")
        + end()
        + chain("start", "fork", "a", "merge", "join", "after", "end")
        + chain("fork", "b", "merge")
        + chain("fork", "c", "join")
    )
    run = Run(engine_with(), source)
    run.answer("a", a=1)
    run.answer("b", b=1)
    assert run.open == ["c"]
    run.answer("c", c=1)
    assert run.open == ["after"]


def test_two_flows_from_a_fork_to_its_join_are_two_tokens() -> None:
    source = process(
        start() + parallel("fork", "join") + user("a") + end()
        + chain("start", "fork", "join", "a", "end") + flow("fork", "join", flow_id="second")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert run.open == ["a"]
    assert run.did.count(("join", "completed")) == 1


def test_a_service_on_every_branch_runs_once() -> None:
    calls: list[str] = []
    source = process(
        start()
        + parallel("fork", "join")
        + "".join(service(name, "note", name=f"&quot;{name}&quot;") for name in "abc")
        + service("d", "note", name="&quot;d&quot;")
        + end()
        + chain("start", "fork", "a", "join", "d", "end")
        + chain("fork", "b", "join")
        + chain("fork", "c", "join")
    )
    engine = engine_with(note=lambda _context, name: calls.append(name))
    engine.catalogue._tasks["note"].params["name"] = "string"
    assert Run(engine, source).outcome.is_complete
    assert sorted(calls) == ["a", "b", "c", "d"]
