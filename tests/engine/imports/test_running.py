"""An imported diagram runs as it did where it came from."""

from typing import Any

from engine.bpmn.imports import normalise
from tests.engine.runs import Run, engine_with

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:{prefix}="{namespace}" '
    'targetNamespace="https://example.invalid"><process id="p" isExecutable="true">{body}</process>{more}</definitions>'
)


def imported(prefix: str, namespace: str, body: str, more: str = "") -> bytes:
    found = normalise(HEAD.format(prefix=prefix, namespace=namespace, body=body, more=more).encode())
    assert [point.code for point in found.open_points if point.code != "import.service"] == []
    return found.bpmn


def flows(*pairs: tuple[str, str]) -> str:
    return "".join(f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs)


APPROVAL = (
    '<startEvent id="Start"/>'
    '<userTask id="ask" camunda:assignee="${person}" camunda:formKey="form" camunda:dueDate="PT8H">'
    "<extensionElements><camunda:formData><camunda:formField id='yes'/></camunda:formData></extensionElements>"
    '<multiInstanceLoopCharacteristics isSequential="true" camunda:collection="${team.people}" '
    'camunda:elementVariable="person"><completionCondition>${nrOfCompletedInstances &gt;= 2}</completionCondition>'
    "</multiInstanceLoopCharacteristics></userTask>"
    '<exclusiveGateway id="which" default="which_End"/>'
    '<serviceTask id="order" camunda:type="external" camunda:topic="place-order"><extensionElements>'
    '<camunda:inputOutput><camunda:inputParameter name="total">${amount * 2}</camunda:inputParameter>'
    '<camunda:inputParameter name="note">for ${team.name}</camunda:inputParameter></camunda:inputOutput>'
    "</extensionElements></serviceTask>"
    '<endEvent id="End"/>'
    '<sequenceFlow id="good" sourceRef="which" targetRef="order">'
    "<conditionExpression>${yes &amp;&amp; !blocked &amp;&amp; amount gt 10}</conditionExpression></sequenceFlow>"
)


def test_an_approval_of_camunda_7_runs_to_its_order() -> None:
    source = imported(
        "camunda",
        "http://camunda.org/schema/1.0/bpmn",
        APPROVAL + flows(("Start", "ask"), ("ask", "which"), ("which", "End"), ("order", "End")),
    )
    orders: list[dict[str, Any]] = []
    engine = engine_with(**{"place-order": lambda _context, **given: orders.append(given)})
    engine.catalogue["place-order"].params.update(total="any", note="any")
    run = Run(engine, source, {"team": {"name": "A", "people": [7, 8, 9]}, "amount": 20})
    asked = []
    while run.open:
        (task,) = run.outcome.open_tasks
        asked.append((task.candidates, task.form_key, task.properties["due_hours"]))
        run.answer("ask", yes=True)
    assert asked == [([7], "form", 8), ([8], "form", 8)]  # the third is not asked: two are enough
    assert run.outcome.is_complete
    assert orders == [{"total": 40, "note": "for A"}]


def test_a_diagram_of_camunda_8_waits_computes_and_correlates() -> None:
    body = (
        '<startEvent id="start"/>'
        '<scriptTask id="sum"><extensionElements><zeebe:script expression="=a + b" resultVariable="total"/>'
        "</extensionElements></scriptTask>"
        '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
        '<endEvent id="end"/>' + flows(("start", "sum"), ("sum", "wait"), ("wait", "end"))
    )
    message = (
        '<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order_id"/>'
        "</extensionElements></message>"
    )
    source = imported("zeebe", "http://camunda.org/schema/zeebe/1.0", body, message)
    run = Run(engine_with(), source, {"a": 1, "b": 2, "order_id": 5})
    (waiting,) = run.outcome.messages
    assert (waiting.name, waiting.correlation) == ("paid", {"key": 5})
    assert run.outcome.data["total"] == 3


def test_an_implied_split_of_flowable_runs_both_ways() -> None:
    body = (
        '<startEvent id="start"/><userTask id="a" flowable:formKey="f" flowable:candidateUsers="${people}"/>'
        '<userTask id="b" flowable:formKey="f" flowable:candidateUsers="${people}"/><endEvent id="end"/>'
        + flows(("start", "a"), ("start", "b"), ("a", "end"), ("b", "end"))
    )
    run = Run(engine_with(), imported("flowable", "http://flowable.org/bpmn", body), {"people": [1, 2]})
    assert sorted(run.open) == ["a", "b"]
    assert run.outcome.open_tasks[0].candidates == [1, 2]
    run.answer("a")
    assert run.answer("b").is_complete
