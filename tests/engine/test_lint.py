"""Every rule of the linter, each with a diagram that breaks it, and the shipped diagram that breaks none."""

# ruff: noqa: E501 - one broken diagram a line reads best

from typing import Any

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.errors import DefinitionInvalid, Problem
from engine.process import Engine
from tests.engine.diagrams import (
    call,
    chain,
    end,
    exclusive,
    flow,
    multi,
    one_task,
    process,
    script,
    service,
    settings,
    standard_loop,
    start,
    timer,
    user,
)
from tests.flows.recorder import Recorder
from workflows import BPMN_DIR, DMN_DIR, FORMS_DIR

CATALOGUE = Catalogue(ServiceTask("act", lambda _context: None), ServiceTask("add", lambda *_: None, {"x": "integer"}))
LINE = chain("start", "x", "end")


def check(source: bytes) -> list[Problem]:
    return Engine(CATALOGUE).check(source, decisions={"known"}, forms={"form"}, roles={"finance"})


def middle(element: str, **names: Any) -> bytes:
    """start → `x` → end, around `element`."""
    return process(start() + element + end() + LINE, **names)


def decision(key: str) -> str:
    inner = f"<spiffworkflow:calledDecisionId>{key}</spiffworkflow:calledDecisionId>" if key else ""
    return f'<bpmn:businessRuleTask id="x"><bpmn:extensionElements>{inner}</bpmn:extensionElements></bpmn:businessRuleTask>'


def looped(characteristics: str) -> bytes:
    return middle(
        user(
            "x",
            inner=f"<bpmn:multiInstanceLoopCharacteristics>{characteristics}</bpmn:multiInstanceLoopCharacteristics>",
        )
    )


def catching(definition: str, **names: Any) -> bytes:
    return middle(f'<bpmn:intermediateCatchEvent id="x">{definition}</bpmn:intermediateCatchEvent>', **names)


def timed(kind: str, text: str) -> bytes:
    return catching(f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>")


def attached(event: str) -> bytes:
    return process(start() + user("x") + event + end() + end("late_end") + LINE + chain("late", "late_end"))


def caught(node_id: str, definition: str, *, interrupting: bool = True) -> str:
    attributes = f'id="{node_id}" attachedToRef="x" cancelActivity="{str(interrupting).lower()}"'
    return f"<bpmn:boundaryEvent {attributes}>{definition}</bpmn:boundaryEvent>"


def linked(*catching_ids: str) -> str:
    """The link `leap` and the events that catch it."""
    link = '<bpmn:linkEventDefinition name="on"/>'
    events = "".join(
        f'<bpmn:intermediateCatchEvent id="{x}">{link}</bpmn:intermediateCatchEvent>' for x in catching_ids
    )
    return f'<bpmn:intermediateThrowEvent id="leap">{link}</bpmn:intermediateThrowEvent>{events}' + flow(
        "start", "leap"
    )


EXTENSIONS = "<bpmn:extensionElements>{}</bpmn:extensionElements>"


def nested(depth: int) -> bytes:
    body = (
        '<bpmn:userTask id="deep"><bpmn:extensionElements>'
        + settings(form_key="form", role="finance")
        + '</bpmn:extensionElements><bpmn:dataInputAssociation id="a"><bpmn:sourceRef>ref</bpmn:sourceRef>'
        "</bpmn:dataInputAssociation></bpmn:userTask>"
    )
    inside = "deep"
    for level in range(depth):
        ways = chain(f"s{level}", inside, f"e{level}")
        inside = f"part{level}"
        body = f'<bpmn:subProcess id="{inside}">{start(f"s{level}")}{body}{end(f"e{level}")}{ways}</bpmn:subProcess>'
    data = '<bpmn:dataObject id="object"/><bpmn:dataObjectReference id="ref" dataObjectRef="object"/>'
    return process(data + start() + body + end() + chain("start", inside, "end"))


def waiting(node_id: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{node_id}"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )


def race(second: str, more: str = "") -> bytes:
    """A race between `x` and `y`, which `second` must contain."""
    gateway = '<bpmn:eventBasedGateway id="race"/>'
    ways = chain("start", "race", "x", "end") + chain("race", "y", "end")
    return process(start() + gateway + waiting("x") + second + end() + ways + more)


def called(process_id: str, element: str) -> str:
    """A process that another may call, around `element` (which is `y` or `z`)."""
    inside = "y" if 'id="y"' in element else "z"
    ways = chain(f"{process_id}_s", inside, f"{process_id}_e")
    body = start(f"{process_id}_s") + element + end(f"{process_id}_e") + ways
    return f'<bpmn:process id="{process_id}">{body}</bpmn:process>'


LOOP_INPUT = "<bpmn:loopDataInputRef>all</bpmn:loopDataInputRef>"
LOOP_OUTPUT = "<bpmn:loopDataOutputRef>out</bpmn:loopDataOutputRef>"
LOOP_ITEMS = '<bpmn:inputDataItem id="one"/><bpmn:outputDataItem id="done"/>'
CHOICE = start() + exclusive("x", "{default}") + end("a") + end("b") + chain("start", "x")

BROKEN: list[tuple[str, str, bytes]] = [
    ("bpmn.no_process", "", middle(user("x")).replace(b'isExecutable="true"', b'isExecutable="false"')),
    ("bpmn.several_processes", "", middle(user("x")).replace(
        b"</bpmn:definitions>", b'<bpmn:process id="q" isExecutable="true"/></bpmn:definitions>')),
    ("bpmn.too_large", "p", process(start() + "".join(user(f"u{n}") for n in range(400)) + end())),
    ("id.missing", "", middle(user("x") + "<bpmn:endEvent/>")),
    ("id.duplicate", "end", middle(user("x") + end())),
    ("id.reserved", "Start", process(start("Start") + user("x") + end() + chain("Start", "x", "end"))),
    ("id.reserved", "End", process(start() + user("x") + end("End") + chain("start", "x", "End"))),
    ("id.reserved", "p.EndJoin", middle(user("x") + end("p.EndJoin"))),
    ("id.format", "a'b", middle(user("x") + end("a'b"))),
    ("id.format", "流程", middle(user("x") + end("流程"))),
    ("script.format", "x", middle('<bpmn:scriptTask id="x"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>')),
    ("script.format", "x", middle(script("x", "1", "y").replace('"feel"', '"javascript"'))),
    ("script.missing", "x", middle(script("x", "", "y"))),
    ("script.no_result", "x", middle(script("x", "1", ""))),
    ("expression.invalid", "x", middle(script("x", "1 +", "y"))),
    ("script.refused", "x", middle('<bpmn:globalScriptTask id="x"/>')),
    ("script.refused", "x", middle('<bpmn:userTask id="x"><bpmn:extensionElements><spiffworkflow:preScript>import os'
        "</spiffworkflow:preScript></bpmn:extensionElements></bpmn:userTask>")),
    ("script.refused", "x", middle('<bpmn:userTask id="x"><bpmn:extensionElements><spiffworkflow:postScript>import os'
        "</spiffworkflow:postScript></bpmn:extensionElements></bpmn:userTask>")),
    *[
        ("element.unsupported", "x", middle(f'<bpmn:{kind} id="x"/>'))
        for kind in ("complexGateway", "adHocSubProcess", "transaction", "globalUserTask")
    ],
    ("element.unsupported", "x", middle(f'<bpmn:subProcess id="x" triggeredByEvent="true">{start("s")}{end("e")}{chain("s", "e")}</bpmn:subProcess>')),
    ("element.unsupported", "x", middle('<bpmn:task id="x" isForCompensation="true"/>')),
    ("attribute.boolean", "x", middle(user("x", inner=multi(times="3").replace("false", "yes")))),
    ("loop.endless", "x", middle(user("x", inner=standard_loop()))),
    ("loop.maximum", "x", middle(user("x", inner=standard_loop(loopMaximum="0")))),
    ("loop.maximum", "x", middle(user("x", inner=standard_loop("true", loopMaximum="many")))),
    ("loop.maximum", "x", middle(user("x", inner=standard_loop("true", loopMaximum="9" * 5000)))),
    ("expression.invalid", "x", middle(user("x", inner=standard_loop("(")))),
    ("loop.misplaced", "x", middle(user("x", inner=standard_loop("true") + multi(times="3")))),
    ("loop.misplaced", "end", middle(user("x")).replace(b'<bpmn:endEvent id="end"/>',
        f'<bpmn:endEvent id="end">{multi(times="3")}</bpmn:endEvent>'.encode())),
    ("loop.behavior", "x", middle(user("x", inner=multi(times="3").replace("isSeq", 'behavior="None" isSeq')))),
    ("loop.behavior", "x", middle(user("x", inner=multi(times="3").replace("isSeq", 'oneBehaviorEventRef="e" isSeq')))),
    ("expression.invalid", "x", middle(user("x", inner=multi(times="1 +")))),
    ("expression.invalid", "x", middle(user("x", inner=multi(over="[1", item="one")))),
    ("data.nested", "deep", nested(2)),
    ("flow.dangling", "x_to_nowhere", middle(user("x") + flow("x", "nowhere"))),
    ("flow.wrong_end", "x_to_start", middle(exclusive("x", "x_to_end") + flow("x", "start", "true"))),
    ("flow.crosses_scope", "start_to_inner", process(
        start() + f'<bpmn:subProcess id="x">{start("s")}{user("inner")}{end("e")}{chain("s", "inner", "e")}</bpmn:subProcess>'
        + end() + LINE + flow("start", "inner"))),
    ("flow.several_leaving", "x", process(start() + user("x") + end("a") + end("b") + chain("start", "x", "a") + flow("x", "b"))),
    ("flow.condition_misplaced", "x_to_end", process(start() + user("x") + end() + chain("start", "x") + flow("x", "end", "a"))),
    ("gateway.no_default", "x", process(CHOICE.replace(' default="{default}"', "") + flow("x", "a", "v") + flow("x", "b", "w"))),
    ("gateway.default_unknown", "x", process(CHOICE.format(default="nowhere") + flow("x", "a", "v") + flow("x", "b", "w"))),
    ("gateway.no_condition", "x_to_b", process(CHOICE.format(default="x_to_a") + flow("x", "a") + flow("x", "b"))),
    ("gateway.no_default", "x", process(start() + '<bpmn:inclusiveGateway id="x"/>' + end("a") + end("b") + chain("start", "x")
        + flow("x", "a", "v") + flow("x", "b", "w"))),
    ("gateway.doubled_flow", "x", process(start() + exclusive("or", "or_to_x") + '<bpmn:parallelGateway id="x"/>' + end()
        + chain("start", "or", "x", "end") + flow("or", "x", "v", "twice"))),
    ("gateway.event_type", "race", race(user("z")).replace(b'id="race"', b'id="race" instantiate="true"')),
    ("gateway.event_type", "race", race(user("z")).replace(b'id="race"', b'id="race" eventGatewayType="Parallel"')),
    ("gateway.no_event", "y", race(user("y"))),
    ("gateway.no_event", "y", race(waiting("y"), start("other") + flow("start", "y"))),
    ("gateway.no_event", "y", race('<bpmn:receiveTask id="y"><bpmn:standardLoopCharacteristics/></bpmn:receiveTask>')),
    ("gateway.no_event", "y", race('<bpmn:receiveTask id="y"/>' + timer("late", "y", "timeDuration", "P1D"))),
    ("gateway.no_race", "race", process(start() + '<bpmn:eventBasedGateway id="race"/>' + waiting("x") + end()
        + chain("start", "race", "x", "end"))),
    ("flow.condition_misplaced", "race_to_y", race(waiting("y")).replace(
        b'targetRef="y"/>', b'targetRef="y"><bpmn:conditionExpression>v</bpmn:conditionExpression></bpmn:sequenceFlow>')),
    ("call.missing", "x", middle('<bpmn:callActivity id="x"/>')),
    ("call.unknown", "x", middle(call("x", "nobody"))),
    ("call.empty", "x", middle(call("x", "q"), extra='<bpmn:process id="q"/>')),
    ("call.circle", "p", middle(call("x", "p"))),
    ("call.circle", "q", middle(call("x", "q"), extra=called("q", call("y", "r")) + called("r", call("z", "q")))),
    ("form.missing", "y", middle(call("x", "q"), extra=called("q", '<bpmn:userTask id="y"/>'))),
    ("data.nested", "deep", middle(call("x", "q"), extra=nested(2).decode().partition(">")[2]
        .replace("</bpmn:definitions>", "").replace('id="p" isExecutable="true"', 'id="q"').replace('"start', '"s').replace('_end"', '_e9"').replace('"end"', '"e9"'))),
    ("start.count", "p", process(user("x") + end() + chain("x", "end"))),
    ("subprocess.empty", "x", middle('<bpmn:subProcess id="x"/>')),
    ("start.count", "p", process(start() + start("second") + user("x") + end() + LINE + flow("second", "x"))),
    ("end.missing", "p", process(start() + user("x") + chain("start", "x"))),
    ("node.dead_end", "x", process(start() + user("x") + end() + chain("start", "x"))),
    ("node.dead_end", "late", process(start() + user("x") + timer("late", "x", "timeDuration", "P1D") + end() + LINE)),
    ("node.unreachable", "alone", middle(user("x") + user("alone") + flow("alone", "end"))),
    ("event.start", "start", middle(user("x")).replace(
        b'<bpmn:startEvent id="start"/>',
        b'<bpmn:startEvent id="start"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>'
        b"</bpmn:timerEventDefinition></bpmn:startEvent>")),
    ("event.start", "x", middle('<bpmn:receiveTask id="x" instantiate="true"/>')),
    ("event.unsupported", "x", catching("<bpmn:errorEventDefinition/>")),
    ("event.conditional", "x", catching("<bpmn:conditionalEventDefinition/>")),
    ("event.compensation", "x", catching("<bpmn:cancelEventDefinition/>")),
    ("event.compensation", "end", middle(user("x")).replace(
        b'<bpmn:endEvent id="end"/>', b'<bpmn:endEvent id="end"><bpmn:compensateEventDefinition/></bpmn:endEvent>')),
    ("event.reference", "x", catching("<bpmn:eventDefinitionRef>elsewhere</bpmn:eventDefinitionRef>")),
    ("event.definition_missing", "x", catching("")),
    ("link.no_target", "x", middle('<bpmn:intermediateThrowEvent id="x"><bpmn:linkEventDefinition name="on"/></bpmn:intermediateThrowEvent>')),
    ("link.no_name", "x", catching("<bpmn:linkEventDefinition/>")),
    ("link.entered", "x", catching('<bpmn:linkEventDefinition name="on"/>')),
    ("link.twice", "y", middle(linked("x", "y"))),
    ("flow.several_leaving", "leap", middle(linked("x") + flow("leap", "end"))),
    ("node.unreachable", "x", process(start() + linked("x").replace('"on"', '"off"', 1) + end() + flow("x", "end"))),
    ("event.unsupported", "late", attached(caught("late", '<bpmn:linkEventDefinition name="on"/>'))),
    ("event.several", "x", catching(2 * "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>")),
    ("timer.missing", "x", catching("<bpmn:timerEventDefinition/>")),
    ("timer.invalid", "x", timed("timeDuration", "P5X")),
    ("timer.invalid", "x", timed("timeDate", "2026-13-01")),
    ("timer.cycle", "x", timed("timeCycle", "R3/P1D")),
    ("timer.cycle", "late", attached(timer("late", "x", "timeCycle", "R3/P1D", interrupting=True))),
    ("expression.invalid", "x", timed("timeDuration", "duration(")),
    ("message.unknown", "x", catching('<bpmn:messageEventDefinition messageRef="m"/>')),
    ("message.unknown", "x", middle('<bpmn:receiveTask id="x"/>')),
    ("message.unknown", "x", middle('<bpmn:sendTask id="x"/>')),
    ("message.correlation", "", middle(user("x"), extra='<bpmn:correlationProperty id="order"/>')),
    ("expression.invalid", "x", catching('<bpmn:messageEventDefinition messageRef="m"/>' + EXTENSIONS.format(
        settings(correlation="1 +")), extra='<bpmn:message id="m" name="m"/>')),
    ("signal.unknown", "x", catching("<bpmn:signalEventDefinition/>")),
    *[
        ("text.name_too_long", "y", middle(user("x"), extra=f'<bpmn:{kind} id="y" {name}="{"n" * 201}"/>'))
        for kind, name in (("message", "name"), ("signal", "name"), ("error", "errorCode"), ("escalation", "escalationCode"))
    ],
    ("signal.unknown", "x", catching('<bpmn:signalEventDefinition signalRef="s"/>', extra='<bpmn:signal id="s"/>')),
    ("error.unknown", "late", attached(caught("late", '<bpmn:errorEventDefinition errorRef="nothing"/>'))),
    ("error.not_interrupting", "late", attached(caught("late", "<bpmn:errorEventDefinition/>", interrupting=False))),
    ("error.no_code", "x", process(start() + '<bpmn:endEvent id="x"><bpmn:errorEventDefinition/></bpmn:endEvent>' + chain("start", "x"))),
    ("escalation.unknown", "late", attached(caught("late", '<bpmn:escalationEventDefinition escalationRef="nothing"/>'))),
    ("escalation.no_code", "x", middle('<bpmn:intermediateThrowEvent id="x"><bpmn:escalationEventDefinition/></bpmn:intermediateThrowEvent>')),
    ("boundary.unattached", "late", attached(timer("late", "nobody", "timeDuration", "P1D"))),
    ("boundary.unattached", "late", attached(timer("late", "end", "timeDuration", "P1D"))),
    ("service.no_operator", "x", middle('<bpmn:serviceTask id="x"/>')),
    ("service.unknown", "x", middle(service("x", "os.system"))),
    ("service.parameter_missing", "x", middle(service("x", "add"))),
    ("service.parameter_unknown", "x", middle(service("x", "act", y="1"))),
    ("service.parameter_no_type", "x", middle(service("x", "add", x="1").replace(' type="any"', ""))),
    ("service.parameter_no_value", "x", middle(service("x", "add", x=""))),
    ("expression.invalid", "x", middle(service("x", "add", x="1 +"))),
    ("decision.missing", "x", middle(decision(""))),
    ("decision.unknown", "x", middle(decision("nobody_knows"))),
    ("form.missing", "x", middle('<bpmn:userTask id="x"/>')),
    ("form.unknown", "x", middle(user("x", form_key="nobody_knows"))),
    ("variable.name", "x", middle(user("x", fields="a,b"))),
    ("variable.name", "x", middle(user("x", fields="then"))),
    ("variable.name", "x", middle(service("x", "act", result="if"))),
    ("variable.name", "x", middle(service("x", "act", keep="1st"))),
    ("variable.name", "x", looped(LOOP_INPUT + LOOP_OUTPUT.replace(">out<", ">for<") + LOOP_ITEMS)),
    ("role.unknown", "x", middle(user("x", role="emperor"))),
    ("task.candidates", "x", middle(user("x", candidates="3, 4"))),
    ("task.due_hours", "x", middle(user("x", due_hours="soon"))),
    ("task.due_hours", "x", middle(user("x", due_hours="-1"))),
    ("property.no_value", "x", middle(user("x").replace('name="fields" value="answer"', 'name="fields"'))),
    ("property.no_value", "x", middle(user("x").replace('name="fields" value="answer"', 'value="answer"'))),
    ("expression.invalid", "x", middle(user("x", candidates="=[1,"))),
    ("expression.invalid", "x_to_a", process(CHOICE.format(default="x_to_b") + flow("x", "a", "v ===") + flow("x", "b"))),
    ("loop.no_collection", "x", looped(LOOP_OUTPUT + LOOP_ITEMS)),
    ("loop.no_collection", "x", looped(LOOP_INPUT + LOOP_ITEMS + "<bpmn:loopCardinality>3</bpmn:loopCardinality>")),
    ("loop.no_item", "x", looped(LOOP_INPUT + LOOP_OUTPUT + '<bpmn:outputDataItem id="done"/>')),
    ("loop.no_output", "x", looped(LOOP_INPUT + LOOP_ITEMS)),
    ("loop.no_output", "x", looped(LOOP_INPUT + LOOP_OUTPUT + '<bpmn:inputDataItem id="one"/>')),
    ("expression.invalid", "x", looped(LOOP_INPUT + LOOP_OUTPUT + LOOP_ITEMS + "<bpmn:completionCondition>(</bpmn:completionCondition>")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "element_id", "source"), BROKEN, ids=[f"{code}-{at}" for code, at, _ in BROKEN])
def test_a_broken_diagram_is_told_where_and_why(code: str, element_id: str, source: bytes) -> None:
    found = [problem for problem in check(source) if problem.code == code]
    assert element_id in [problem.element_id for problem in found]
    assert all(problem.severity == "error" for problem in found)
    for problem in found:
        assert str(problem).endswith((".", "?")) or problem.fields.get("reason")
        assert "{" not in str(problem)
        assert problem.fix.format(**problem.fields).endswith(".")
    if code not in {"form.unknown", "role.unknown"}:
        with pytest.raises(DefinitionInvalid) as refusal:
            Engine(CATALOGUE).load(source, {})
        assert code in [problem.code for problem in refusal.value.problems] or code.startswith("decision.")


GOOD = [
    one_task(),
    middle(user("x", title='="Hello"', candidates="=[owner]", due_hours="=16")),
    middle(service("x", "add", x="1 + 2")),  # a parameter called like its element confused SpiffWorkflow
    looped(LOOP_INPUT + LOOP_OUTPUT + LOOP_ITEMS + "<bpmn:completionCondition>done = 1</bpmn:completionCondition>"),
    timed("timeDuration", "P1DT2H"),
    timed("timeDuration", 'duration("P1D")'),
    timed("timeDate", "2027-01-01T00:00:00Z"),
    timed("timeDate", "due_at"),
    attached(timer("late", "x", "timeCycle", "R/PT1H")),
    middle(decision("known")),
    middle(script("x", "1 + 2", "y")),
    middle(script("x", "1 + 2", "y").replace('"feel"', '"application/feel"')),
    middle(
        call("x", "q"),
        extra=called("q", user("y")) + called("r", service("z", "nobody")).replace(">", ' isExecutable="false">', 1),
    ),
    middle(call("x", "ns:q"), extra=called("q", call("y", "r")) + called("r", user("z"))),
    middle(
        call("x", "q").replace(">", ' xmlns:ns="urn:x">', 1),
        extra=called("q", user("y")).replace("<bpmn:process", '<bpmn:process isExecutable="true"'),
    ),
    race(waiting("y")),
    middle(user("x", inner=multi(times="count(people)"))),
    middle(user("x", inner=multi(over="order.lines", item="line"))),
    middle(user("x", inner=standard_loop("again", loopMaximum="3", testBefore="true"))),
]


@pytest.mark.parametrize("source", GOOD)
def test_a_sound_diagram_has_no_problem(source: bytes) -> None:
    # What the caller gives at the start is not written into these.
    assert [problem for problem in check(source) if problem.code != "variable.unset"] == []


def test_a_data_object_is_only_worth_a_warning() -> None:
    assert [(problem.code, problem.severity) for problem in check(nested(1))] == [("data.documentation", "warning")]


@pytest.mark.parametrize("definition", ["errorEventDefinition", "escalationEventDefinition"])
def test_an_event_that_nothing_can_trigger_is_worth_a_warning(definition: str) -> None:
    source = attached(caught("late", f"<bpmn:{definition}/>"))
    assert [(problem.code, problem.severity) for problem in check(source)] == [("boundary.never", "warning")]


def test_a_data_store_is_only_worth_a_warning() -> None:
    store = '<bpmn:dataStoreReference id="files" dataStoreRef="store"/>'
    source = middle(user("x") + store, extra='<bpmn:dataStore id="store" name="store"/>')
    assert [(problem.code, problem.element_id, problem.severity) for problem in check(source)] == [
        ("data.store", "files", "warning")
    ]
    Engine(CATALOGUE).load(source, {})


def test_what_another_pool_does_is_no_matter_of_ours() -> None:
    pool = '<bpmn:process id="customer" isExecutable="false"><bpmn:complexGateway id="y"/></bpmn:process>'
    source = middle(user("x"), extra=pool)
    assert check(source) == []
    Engine(CATALOGUE).load(source, {})


def test_what_stands_alone_by_its_nature_is_not_told_to_be_led_on() -> None:
    alone = '<bpmn:task id="y" isForCompensation="true"/>'
    assert [(problem.code, problem.element_id) for problem in check(middle(user("x") + alone))] == [
        ("element.unsupported", "y")
    ]


def test_every_problem_is_told_not_only_the_first() -> None:
    source = process(
        start() + service("x", "nobody") + user("y", form_key="none") + end() + chain("start", "x", "y", "end")
    )
    assert {problem.code for problem in check(source)} == {"service.unknown", "form.unknown"}


def test_an_expression_error_says_where() -> None:
    (problem,) = check(middle(service("x", "add", x="1 + ) 2")))
    assert problem.code == "expression.invalid"
    assert (problem.fields["line"], problem.fields["expression"]) == (1, "1 + ) 2")
    assert problem.fields["column"] > 1


def test_the_shipped_diagram_is_sound() -> None:
    forms = {path.name.removesuffix(".form.json") for path in FORMS_DIR.glob("*.form.json")}
    engine = Engine(Recorder().catalogue)
    decisions = {path.stem for path in DMN_DIR.glob("*.dmn")}
    for path in BPMN_DIR.glob("*.bpmn"):
        assert engine.check(path.read_bytes(), decisions=decisions, forms=forms) == []


def test_a_chain_of_four_hundred_elements_still_loads() -> None:
    ids = [f"t{number}" for number in range(390)]
    tasks = "".join(f'<bpmn:task id="{task}"/>' for task in ids)
    assert check(process(start() + tasks + end() + chain("start", *ids, "end"))) == []
