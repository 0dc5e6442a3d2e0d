"""What a running instance may not be moved to, and why."""

import pytest

from engine.errors import MigrationUnsafe
from tests.engine.diagrams import chain, end, exclusive, flow, parallel, process, start, user
from tests.engine.versions.moving import BRANCHES, CALLED, MESSAGES, RACE, VOTES, line, loop, receive, run, sub

TWO = line(user("ask"), user("pay"), ids=("ask", "pay"))
LOOP_OVER_OTHERS = loop(sequential=False).replace("people", "others")
REFUSED = {
    "an open step is gone": (TWO, {}, line(user("pay"), ids=("pay",)), ["gone"]),
    "an open step is of another kind": (TWO, {}, line(receive("ask"), user("pay"), ids=("ask", "pay")), ["kind"]),
    "an open step went into a subprocess": (
        TWO,
        {},
        line(sub("s", start("s1") + user("ask") + end("s2") + chain("s1", "ask", "s2")), user("pay"), ids=("s", "pay")),
        ["scope"],
    ),
    "an open step became a loop": (TWO, {}, line(user("ask", inner=loop(sequential=False)), ids=("ask",)), ["loop"]),
    "a loop has another list": (
        line(user("ask", inner=loop(sequential=False)), ids=("ask",)),
        VOTES,
        line(user("ask", inner=LOOP_OVER_OTHERS), ids=("ask",)),
        ["loop"],
    ),
    "a loop goes one by one now": (
        line(user("ask", inner=loop(sequential=False)), ids=("ask",)),
        VOTES,
        line(user("ask", inner=loop(sequential=True)), ids=("ask",)),
        ["loop"],
    ),
    "a subprocess in progress calls another process": (
        CALLED,
        {},
        CALLED.replace(b'calledElement="other"', b'calledElement="third"').replace(b'id="other"', b'id="third"'),
        ["called", "scope"],
    ),
    "an event waits in a race now": (
        line(receive("paid"), ids=("paid",)), {}, RACE, ["race"],
    ),
    "branches that are one behind the other now": (
        BRANCHES,
        {},
        process(
            start() + user("a") + user("b") + receive("c") + user("last") + end()
            + chain("start", "a", "b", "c", "last", "end"),
            extra=MESSAGES,
        ),
        ["together", "together", "together"],
    ),
    "a branch more, which nobody has begun": (
        BRANCHES,
        {},
        BRANCHES.replace(b"</bpmn:process>", (user("d") + chain("fork", "d", "join") + "</bpmn:process>").encode()),
        ["starved"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "data", "new", "faults"), REFUSED.values(), ids=REFUSED)
def test_an_unsafe_move_is_refused_with_its_reasons(
    old: bytes, data: dict[str, object], new: bytes, faults: list[str]
) -> None:
    here = run(old, **data)
    before = here.outcome
    plan = here.plan(new)
    assert not plan.is_safe
    assert [problem.code for problem in plan.reasons] == [f"migration.{fault}" for fault in faults]
    assert all(str(problem).endswith((".", "from “d”.")) and problem.element_id for problem in plan.reasons)
    with pytest.raises(MigrationUnsafe) as refused:
        here.move(new)
    assert refused.value.reasons == list(plan.reasons)
    assert here.outcome is before


def test_a_branch_that_waits_keeps_its_meeting_point() -> None:
    here = run(BRANCHES)
    here.answer("a", answer="yes")
    more = BRANCHES.replace(b"</bpmn:process>", (user("d") + chain("fork", "d", "join") + "</bpmn:process>").encode())
    assert here.refusals(more) == [("migration.join", "join")]
    longer = BRANCHES.decode().replace(flow("b", "join"), user("again") + chain("b", "again", "join")).encode()
    assert here.refusals(longer) == [("migration.join", "join")]
    here.move(BRANCHES.replace(b'id="last"', b'id="last" name="The last"'))
    here.answer("b", answer="yes")
    here.deliver("paid")
    assert here.open == ["last"]


def test_before_a_fork_any_number_of_branches_may_come() -> None:
    old = line(user("ask"), ids=("ask",))
    new = process(
        start() + user("ask") + parallel("fork", "join") + user("a") + user("b") + end()
        + chain("start", "ask", "fork", "a", "join", "end") + chain("fork", "b", "join"),
    )  # fmt: skip
    here = run(old)
    here.move(new)
    for task in ("ask", "a", "b"):
        here.answer(task, answer="yes")
    assert here.outcome.is_complete


def in_circles(*branches: tuple[str, ...]) -> bytes:
    """A fork whose branches meet and from where a way leads back to the fork."""
    nodes = "".join(user(name) for branch in branches for name in branch)
    ways = "".join(chain("fork", *branch, "join") for branch in branches)
    frame = exclusive("merge") + parallel("fork", "join") + exclusive("choose", default="choose_to_end") + end()
    again = flow("choose", "merge", 'answer = "again"') + flow("choose", "end")
    return process(start() + frame + nodes + chain("start", "merge", "fork") + ways + flow("join", "choose") + again)


def test_a_fork_and_a_way_back_to_it_are_no_reason_to_refuse() -> None:
    source = in_circles(("a",), ("b",))
    here = run(source)
    for _ in range(2):
        here.move(source)
        here.answer("a", answer="again")
        here.move(source)
        here.answer("b", answer="again")
    assert here.open == ["a", "b"]


def test_a_way_back_hides_nothing_that_cannot_be() -> None:
    here = run(in_circles(("a",), ("b",)))
    assert here.refusals(in_circles(("a",), ("b",), ("c",))) == [("migration.starved", "join")]
    assert ("migration.together", "a") in here.refusals(in_circles(("a", "b"), ("c",)))


def test_a_map_names_the_element_that_stands_for_one_that_is_gone() -> None:
    here = run(TWO)
    new = line(user("question"), user("pay"), ids=("question", "pay"))
    assert here.refusals(new) == [("migration.gone", "ask")]
    here.move(new, ask="question")
    assert here.open == ["question"]
    here.answer("question", answer="yes")
    assert here.open == ["pay"]


def test_a_map_of_elements_that_are_not_there_is_refused() -> None:
    here = run(TWO)
    assert here.refusals(TWO, nobody="ask") == [("migration.map", "nobody")]
    assert here.refusals(TWO, pay="nobody") == [("migration.map", "nobody")]


def test_an_open_step_may_be_mapped_to_another_that_is_behind_it() -> None:
    """Whoever maps decides where an instance goes on; only what cannot work is refused."""
    here = run(TWO)
    here.move(TWO, ask="pay")
    assert here.open == ["pay"]
    here.answer("pay", answer="yes")
    assert here.outcome.is_complete


def test_an_instance_that_ended_has_nothing_to_move() -> None:
    here = run(TWO)
    for task in ("ask", "pay"):
        here.answer(task, answer="yes")
    plan = here.plan(line(user("other"), ids=("other",)))
    assert (plan.is_safe, plan.moves) == (True, ())
