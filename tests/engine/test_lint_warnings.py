"""What the linter warns about: it can run, but hardly as it was meant. And that it ends, whatever it is given."""

import time

import pytest

from engine.bpmn.lint.findings import MAX_PROBLEMS
from engine.catalogue import Catalogue, ServiceTask
from engine.errors import Problem
from engine.process import Engine
from tests.engine.diagrams import (
    call,
    chain,
    end,
    exclusive,
    flow,
    inclusive,
    parallel,
    process,
    script,
    service,
    settings,
    start,
    timer,
    user,
)
from tests.engine.events import (
    ERROR,
    ESCALATION,
    ON_ANY_ERROR,
    ON_ANY_ESCALATION,
    ON_ERROR,
    ON_ESCALATION,
    boundary,
    catch,
    end_with,
    subprocess,
    throw,
)

CATALOGUE = Catalogue(ServiceTask("act", lambda _context: None), ServiceTask("add", lambda *_: None, {"x": "integer"}))


def check(source: bytes) -> list[Problem]:
    return Engine(CATALOGUE).check(source, decisions={"known"}, forms={"form"})


def warnings(body: str, **names: str) -> list[tuple[str, str]]:
    problems = check(process(start() + body + end(), **names))
    assert [problem for problem in problems if problem.severity == "error"] == []
    return [(problem.code, problem.element_id) for problem in problems]


def starting(*names: str) -> str:
    """A start event that says what the caller gives."""
    return start().replace(
        "/>", f"><bpmn:extensionElements>{settings(fields=' '.join(names))}</bpmn:extensionElements></bpmn:startEvent>"
    )


def middle(element: str) -> str:
    return element + chain("start", "x", "end")


BRANCHES = user("a") + user("b") + chain("split", "a", "join", "end") + chain("start", "split", "b", "join")


def split(kind: str) -> str:
    return exclusive("split", "split_to_b") if kind == "exclusive" else parallel("split")


def branches(kind: str) -> str:
    ways = BRANCHES
    if kind == "exclusive":
        ways = ways.replace(flow("split", "a"), flow("split", "a", "answer"))
    return split(kind) + ways


def test_a_join_that_waits_for_what_a_choice_never_sends_is_told() -> None:
    assert warnings(parallel("join") + branches("exclusive")) == [("gateway.deadlock", "join")]
    assert warnings(parallel("join") + branches("parallel")) == []


def test_a_merge_that_runs_once_for_each_branch_is_told() -> None:
    assert warnings(exclusive("join") + branches("parallel")) == [("gateway.double_run", "join")]
    assert warnings(user("join") + branches("parallel")) == [("gateway.double_run", "join")]
    assert warnings(exclusive("join") + branches("exclusive")) == []
    assert warnings(user("join") + branches("exclusive")) == []


def test_only_the_nearest_split_counts() -> None:
    """A choice within one branch is merged before the join; the branches themselves are parallel."""
    body = (
        parallel("split", "join")
        + exclusive("choice", "choice_to_merge")
        + exclusive("merge")
        + user("a")
        + user("b")
        + chain("start", "split", "choice", "merge", "join", "end")
        + flow("choice", "a", "answer")
        + chain("a", "merge")
        + chain("split", "b", "join")
    )
    assert warnings(body) == []
    mixed = body.replace(flow("a", "merge"), flow("a", "join"))
    assert warnings(mixed) == [("gateway.deadlock", "join")]


def test_a_way_back_is_no_branch() -> None:
    body = (
        parallel("split", "join")
        + exclusive("again")
        + exclusive("done", "done_to_join")
        + user("a")
        + user("b")
        + chain("start", "split", "again", "a", "done", "join", "end")
        + flow("done", "again", "answer")
        + chain("split", "b", "join")
    )
    assert warnings(body) == []


def circle(inside: str) -> str:
    ways = chain("start", "again", "x", "last", "end") + flow("last", "again", "answer")
    return exclusive("again") + inside + exclusive("last", "last_to_end") + ways


def test_a_circle_that_waits_for_nobody_is_told() -> None:
    assert warnings(circle(user("x"))) == []
    assert ("flow.runaway", "again") in warnings(circle(service("x", "act")))


def test_a_subprocess_or_called_process_with_a_person_in_it_is_a_pause() -> None:
    def inner(task: str) -> str:
        return f'<bpmn:subProcess id="x">{start("s")}{task}{end("e")}{chain("s", "y", "e")}</bpmn:subProcess>'

    assert warnings(circle(inner(user("y")))) == []
    assert ("flow.runaway", "again") in warnings(circle(inner(service("y", "act"))))
    called = f'<bpmn:process id="q">{start("s")}{user("y")}{end("e")}{chain("s", "y", "e")}</bpmn:process>'
    assert warnings(circle(call("x", "q")), extra=called) == []


def test_a_variable_that_nothing_sets_is_told_once() -> None:
    body = script("x", "amuont * 2", "double") + script("y", "amuont + double", "sum")
    assert warnings(body + chain("start", "x", "y", "end")) == [("variable.unset", "x")]
    (problem,) = check(process(start() + middle(script("x", "amuont * 2", "double")) + end()))
    assert problem.fields["variable"] == "amuont"


@pytest.mark.parametrize(
    "element",
    [
        service("x", "add", x="count").replace("<bpmn:serviceTask", "<bpmn:serviceTask"),
        user("x", candidates="=count"),
        script("x", "count + 1", "y"),
        '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition><bpmn:timeDate>count</bpmn:timeDate>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
    ],
)
def test_every_place_of_an_expression_reads(element: str) -> None:
    assert warnings(middle(element)) == [("variable.unset", "x")]
    problems = check(process(starting("count") + middle(element) + end()))
    assert problems == []


def test_what_answers_services_decisions_loops_and_callers_set_is_known() -> None:
    decision = (
        '<bpmn:businessRuleTask id="d"><bpmn:extensionElements>'
        "<spiffworkflow:calledDecisionId>known</spiffworkflow:calledDecisionId></bpmn:extensionElements>"
        "</bpmn:businessRuleTask>"
    )
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        '<bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef><bpmn:inputDataItem id="i" name="person"/>'
        '<bpmn:outputDataItem id="vote"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    body = (
        user("u", fields="a b")
        + service("s", "act", result="c", keep="d e")
        + decision
        + user("m", inner=loop, candidates="=[person]")
        + script("x", "[a, b, c, d, e, known, votes, vote]", "all")
        + chain("start", "u", "s", "d", "m", "x", "end")
    )
    assert check(process(starting("people") + body + end())) == []


def test_a_task_for_nobody_is_told() -> None:
    nobody = (
        '<bpmn:userTask id="x"><bpmn:extensionElements>'
        + settings(form_key="form")
        + "</bpmn:extensionElements></bpmn:userTask>"
    )
    assert warnings(middle(nobody)) == [("task.nobody", "x")]
    assert warnings(middle(user("x"))) == []


def test_messages_of_one_name_are_told() -> None:
    messages = '<bpmn:message id="m" name="paid"/><bpmn:message id="n" name="paid"/><bpmn:signal id="s" name="paid"/>'
    assert warnings(middle(user("x")), extra=messages) == [("message.twice", "n")]


def test_a_name_that_is_too_long_is_refused() -> None:
    named = user("x").replace('id="x"', f'id="x" name="{"n" * 501}"')
    (problem,) = check(process(start() + middle(named) + end()))
    assert (problem.code, problem.severity) == ("text.too_long", "error")
    (problem,) = check(process(start() + middle(user("x", title="t" * 10_001)) + end()))
    assert (problem.code, problem.severity) == ("text.too_long", "error")


def test_of_very_many_findings_the_first_are_listed_and_the_rest_counted() -> None:
    source = process(start() + "".join(f'<bpmn:userTask id="u{number}"/>' for number in range(300)) + end())
    problems = check(source)
    assert len(problems) == MAX_PROBLEMS + 1
    more = next(problem for problem in problems if problem.code == "lint.more")
    assert more.severity == "error"
    assert more.fields["count"] > 300


def deep(levels: int) -> str:
    body = user("deep")
    inside = "deep"
    for level in range(levels):
        ways = chain(f"s{level}", inside, f"e{level}")
        inside = f"part{level}"
        body = f'<bpmn:subProcess id="{inside}">{start(f"s{level}")}{body}{end(f"e{level}")}{ways}</bpmn:subProcess>'
    return body + chain("start", inside, "end")


def in_a_row(count: int, last: str = "end") -> str:
    ids = [f"t{number}" for number in range(count)]
    return "".join(f'<bpmn:task id="{task}"/>' for task in ids) + chain("start", *ids, last)


def nested_rows() -> str:
    """Twenty subprocesses in each other, each at the end of a row of tasks."""
    body, inside = user("deep"), "deep"
    for level in range(20):
        row = [f"r{level}_{number}" for number in range(15)]
        tasks = "".join(f'<bpmn:task id="{task}"/>' for task in row)
        ways = chain(f"s{level}", *row, inside, f"e{level}")
        inside = f"part{level}"
        body = start(f"s{level}") + tasks + body + end(f"e{level}") + ways
        body = f'<bpmn:subProcess id="{inside}">{body}</bpmn:subProcess>'
    return body + chain("start", inside, "end")


LARGE = {
    "a chain of 600": in_a_row(600),
    "40,000 tasks": "".join(f'<bpmn:task id="t{n}"/>' for n in range(40_000)),
    "20,000 flows": user("x") + "".join(flow("x", "end", flow_id=f"f{n}") for n in range(20_000)),
    "8,000 events at one task": user("x") + "".join(timer(f"t{n}", "x", "timeDuration", "P1D") for n in range(8_000)),
    "a ladder of 2,000 flows": "".join(parallel(f"g{n}") for n in range(390))
    + "".join(flow(f"g{n}", f"g{n + step}") for n in range(380) for step in range(1, 6)),
    "55 subprocesses in each other": deep(55),
    "rows in subprocesses in each other": nested_rows(),
}


def test_more_feel_than_can_be_read_in_time_is_refused_at_once() -> None:
    names = [f"u{number}" for number in range(150)]
    tasks = "".join(user(name, candidates="=[" + "1," * 4_900 + "1]") for name in names)
    began = time.perf_counter()
    (problem,) = check(process(start() + tasks + end() + chain("start", *names, "end")))
    assert (problem.code, problem.severity) == ("expression.too_many", "error")
    assert time.perf_counter() - began < 2


def test_each_expression_counts_once_against_the_limit() -> None:
    condition = "<bpmn:loopCondition>" + "1+" * 4_500 + "1 &lt; 0</bpmn:loopCondition>"
    loop = f'<bpmn:standardLoopCharacteristics testBefore="true">{condition}</bpmn:standardLoopCharacteristics>'
    names = [f"t{number}" for number in range(8)]
    tasks = "".join(user(name, inner=loop) for name in names)
    assert check(process(start() + tasks + end() + chain("start", *names, "end"))) == []


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
def test_a_huge_diagram_is_refused_or_checked_within_seconds(body: str) -> None:
    began = time.perf_counter()
    check(process(start() + body + end()))
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("name", ["a chain of 600", "40,000 tasks", "20,000 flows", "8,000 events at one task"])
def test_a_diagram_past_the_limits_is_refused(name: str) -> None:
    (problem,) = check(process(start() + LARGE[name] + end()))
    assert (problem.code, problem.severity) == ("bpmn.too_large", "error")


def test_inclusive_branches_are_joined_as_they_like() -> None:
    body = (
        inclusive("split", "split_to_b") + inclusive("join") + user("a") + user("b")
        + chain("start", "split", "b", "join", "end") + flow("split", "a", "answer") + chain("a", "join")
    )  # fmt: skip
    assert warnings(body) == []


def test_a_circle_over_a_link_waits_for_nobody_either() -> None:
    link = '<bpmn:linkEventDefinition name="up"/>'
    body = exclusive("merge") + exclusive("again", "again_to_end") + throw("back", link) + catch("top", link)
    body += chain("start", "merge", "again", "end") + chain("top", "merge") + flow("again", "back", "true")
    assert [code for code, _ in warnings(body)] == ["flow.runaway"]
    assert warnings(body.replace(chain("top", "merge"), user("rest") + chain("top", "rest", "merge"))) == []


THROWERS = {
    "error": end_with("thrown", ON_ERROR),
    "escalation": end_with("thrown", ON_ESCALATION),
}
CATCHERS = {"error": (ON_ERROR, ON_ANY_ERROR), "escalation": (ON_ESCALATION, ON_ANY_ESCALATION)}


def throwing(kind: str, *events: str) -> str:
    """`x`, a subprocess around the subprocess `inner`, which ends with a throwing event; every event leads to `end`."""
    inner = start("s2") + THROWERS[kind] + chain("s2", "thrown")
    outer = start("s1") + subprocess("inner", inner) + end("e1") + chain("s1", "inner", "e1")
    ids = [text.split('id="')[1].split('"')[0] for text in events]
    return middle(subprocess("x", outer)) + "".join(events) + "".join(chain(name, "end") for name in ids)


@pytest.mark.parametrize("kind", THROWERS)
def test_what_nothing_catches_is_worth_a_warning(kind: str) -> None:
    expected = [(f"{kind}.uncaught", "thrown")]
    assert warnings(throwing(kind), extra=ERROR + ESCALATION) == expected
    other = CATCHERS[kind][0].replace("broke", "other").replace("slow", "other")
    assert warnings(throwing(kind, boundary("caught", "x", other)), extra=ERROR + ESCALATION) == expected
    for definition in CATCHERS[kind]:
        assert warnings(throwing(kind, boundary("caught", "x", definition)), extra=ERROR + ESCALATION) == []


def test_what_a_called_process_throws_is_caught_at_every_call() -> None:
    called = f'{ERROR}<bpmn:process id="q">{start("s")}{THROWERS["error"]}{chain("s", "thrown")}</bpmn:process>'
    body = call("x", "q") + call("y", "q") + chain("start", "x", "y", "end") + boundary("one", "x", ON_ERROR)
    body += chain("one", "end")
    assert warnings(body, extra=called) == [("error.uncaught", "thrown")]
    assert warnings(body + boundary("two", "y", ON_ERROR) + chain("two", "end"), extra=called) == []
