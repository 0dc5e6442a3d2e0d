"""Exports of other systems in our words: what is translated, what is left to the designer, and what stays as it is."""

import time
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn.diagram import Diagram, Node, read_diagram
from engine.bpmn.imports import Normalised, normalise
from engine.bpmn.xml import BPMN, SPIFF, parse_xml
from engine.errors import DefinitionInvalid
from tests.engine.diagrams import call, chain, end, flow, one_task, process, script, start, user
from workflows import BPMN_DIR

FIXTURES = sorted(Path(__file__).parent.glob("*.bpmn"))
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"


def imported(name: str) -> Normalised:
    return normalise((Path(__file__).parent / f"{name}.bpmn").read_bytes())


def tree(found: Normalised) -> Any:
    return parse_xml(found.bpmn)


def diagram(found: Normalised) -> Diagram:
    return read_diagram(tree(found))


def node(found: Normalised, node_id: str) -> Node:
    return diagram(found).nodes[node_id]


def open_points(found: Normalised, node_id: str) -> dict[str, dict[str, Any]]:
    return {point.code: point.fields for point in found.open_points if point.element_id == node_id}


def foreign(body: str) -> Normalised:
    """A process of Camunda 7 with `body` between start and end."""
    source = process(start() + body + end() + chain("start", "x", "end"))
    return normalise(source.replace(b"<bpmn:definitions", f'<bpmn:definitions xmlns:camunda="{CAMUNDA}"'.encode()))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_system_is_recognised_and_the_result_translates_to_itself(path: Path) -> None:
    first = normalise(path.read_bytes())
    assert first.source_dialect == {"plain": "bpmn"}.get(path.stem, path.stem)
    second = normalise(first.bpmn)
    assert (second.bpmn, second.changes, second.renamed) == (first.bpmn, (), {})
    assert second.is_unchanged
    for said in (*first.changes, *first.open_points):
        assert str(said).endswith((".", "?")) or said.fields
        assert "{" not in str(said).replace("${", "").replace("#{", "")


def test_our_own_files_pass_unchanged_byte_for_byte() -> None:
    for source in [*(path.read_bytes() for path in BPMN_DIR.glob("*.bpmn")), one_task(candidates="=[owner]")]:
        found = normalise(source)
        assert (found.bpmn, found.changes, found.open_points, found.renamed) == (source, (), (), {})
        assert found.source_dialect == "piaoflow"


def test_nothing_of_the_other_system_is_left() -> None:
    for path in FIXTURES:
        text = normalise(path.read_bytes()).bpmn.decode()
        for word in ("camunda.org", "zeebe", "flowable.org", "activiti.org"):
            assert word not in text


def test_a_user_task_keeps_people_form_fields_and_due_time() -> None:
    task = node(imported("camunda7"), "approve")
    assert task.properties == {
        "candidates": "=[approver]", "role": "management", "form_key": "approve", "fields": "approved comment",
        "due_hours": "=48",
    }  # fmt: skip
    assert [child.tag for child in task.element][:2] == [f"{BPMN}documentation", f"{BPMN}extensionElements"]
    task = node(imported("camunda8"), "ask")
    assert task.properties == {
        "candidates": "=[owner]", "role": "sales", "form_key": "questions", "due_hours": "=8",
    }  # fmt: skip
    assert node(imported("activiti"), "handle").properties == {"role": "management", "fields": "approved reason"}


def test_people_and_groups_of_the_other_system_are_left_to_the_designer() -> None:
    points = open_points(imported("flowable"), "confirm")
    assert points["import.person"]["people"] == "kermit, gonzo"
    assert points["import.group"]["group"] == "managers, finance"
    assert points["import.due"]["due"] == "${deadline}"
    assert open_points(imported("activiti"), "handle")["import.person"]["people"] == "kermit"
    assert "import.group" in open_points(imported("camunda7"), "approve")


@pytest.mark.parametrize(
    ("due", "hours"), [("PT90M", None), ("P1M", None), ("2027-01-01", None), ("PT12H", "=12"), ("P1DT1H", "=25")]
)
def test_a_due_time_counts_only_when_it_is_exact(due: str, hours: str | None) -> None:
    found = foreign(user("x").replace("<bpmn:userTask", f'<bpmn:userTask camunda:dueDate="{due}"'))
    assert node(found, "x").properties.get("due_hours") == hours
    assert ("import.due" in open_points(found, "x")) == (hours is None)


@pytest.mark.parametrize(
    ("key", "form"),
    [("embedded:app:forms/review.html", "review"), ("camunda-forms:bpmn:review", "review"), ("review", "review"),
     ("/forms/a.b.form", "a.b")],
)  # fmt: skip
def test_the_name_of_a_form_is_found_in_its_address(key: str, form: str) -> None:
    assert node(foreign(f'<bpmn:userTask id="x" camunda:formKey="{key}"/>'), "x").properties == {"form_key": form}


def test_a_service_keeps_its_name_parameters_and_result_for_the_designer_to_choose() -> None:
    found = imported("camunda7")
    operator = node(found, "order").element.find(f".//{SPIFF}serviceTaskOperator")
    given = {item.get("id"): item.get("value") for item in operator.iter(f"{SPIFF}parameter")}
    assert (operator.get("id"), given) == ("place-order", {"supplier": "request.supplier", "currency": '"CNY"'})
    assert node(found, "order").properties == {"result_fields": "order_number"}
    points = open_points(found, "order")
    assert points["import.service"]["service"] == "place-order"
    assert points["import.mapping"]["variable"] == "total"
    operator = node(imported("flowable"), "book").element.find(f".//{SPIFF}serviceTaskOperator")
    assert (operator.get("id"), operator.get("resultVariable")) == ("bookingDelegate", "booking")
    assert open_points(imported("activiti"), "compute")["import.service"]["service"] == "calendar.daysOf"


def test_a_service_without_a_name_is_left_to_the_linter() -> None:
    found = foreign('<bpmn:serviceTask id="x" camunda:type="external"/>')
    assert node(found, "x").element.find(f".//{SPIFF}serviceTaskOperator") is None


def test_a_send_task_that_calls_a_service_is_a_service_task() -> None:
    found = node(imported("camunda8"), "send")
    assert (found.kind, found.properties) == ("serviceTask", {"result_fields": "mail_id"})


@pytest.mark.parametrize(
    ("name", "node_id", "decision", "variable"),
    [("camunda7", "check", "budget", "within"), ("camunda8", "rate", "rating", "rating"),
     ("flowable", "rules", "travel_rules", None)],
)  # fmt: skip
def test_a_decision_is_asked_by_its_id(name: str, node_id: str, decision: str, variable: str | None) -> None:
    task = node(imported(name), node_id)
    assert task.kind == "businessRuleTask"
    assert task.element.find(f".//{SPIFF}calledDecisionId").text == decision
    assert task.properties.get("result_variable") == variable
    assert not open_points(imported(name), node_id)


def test_a_decision_that_returns_a_list_is_told() -> None:
    found = foreign(
        '<bpmn:businessRuleTask id="x" camunda:decisionRef="d" camunda:mapDecisionResult="collectEntries"/>'
    )
    assert open_points(found, "x")["import.decision_result"]["shape"] == "collectEntries"
    found = foreign('<bpmn:businessRuleTask id="x" camunda:decisionRef="${d}"/>')
    assert "import.decision_computed" in open_points(found, "x")


def test_a_loop_names_its_list_and_item() -> None:
    loop = node(imported("camunda7"), "approve").element.find(f"{BPMN}multiInstanceLoopCharacteristics")
    assert [(child.tag.removeprefix(BPMN), child.text, child.get("name")) for child in loop] == [
        ("loopDataInputRef", "approvers", None),
        ("inputDataItem", None, "approver"),
        ("completionCondition", "numberOfCompletedInstances / numberOfInstances >= 0.5", None),
    ]
    loop = node(imported("camunda8"), "ask").element.find(f"{BPMN}multiInstanceLoopCharacteristics")
    assert [child.tag.removeprefix(BPMN) for child in loop] == [
        "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem",
    ]  # fmt: skip


def test_a_list_may_be_computed_but_not_the_variable_of_an_item() -> None:
    inner = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="${a.list}" camunda:elementVariable="one"/>'
    found = foreign(user("x", inner=inner))
    loop = node(found, "x").element.find(f"{BPMN}multiInstanceLoopCharacteristics")
    assert (loop[0].text, open_points(found, "x")) == ("a.list", {})
    found = foreign(user("x", inner=inner.replace('"one"', '"${one.name}"')))
    assert open_points(found, "x")["import.loop_computed"]["expression"] == "one.name"


def test_conditions_and_timers_become_feel_or_stay_and_are_told() -> None:
    found = imported("camunda7")
    conditions = {flow.id: flow.condition for flow in diagram(found).flows if flow.condition}
    assert conditions == {"yes": "approved and amount < 1000", "odd": "${comment.contains('odd')}"}
    assert open_points(found, "odd")["import.expression"]["column"] == 19
    text = imported("camunda8").bpmn.decode()
    assert ">PT5M<" in text
    assert '>every item in answers satisfies item = "yes"<' in text
    assert '>state = "good"<' in imported("plain").bpmn.decode()
    assert open_points(imported("flowable"), "nightly")["import.cron"]["calendar"] == "0 0/5 * * * ?"


def test_scripts_and_listeners_are_told_and_expressions_computed() -> None:
    assert open_points(imported("camunda7"), "remind")["import.script"]["language"] == "groovy"
    assert open_points(imported("camunda7"), "approve")["import.listener"]["name"] == "taskListener"
    task = node(imported("camunda8"), "score")
    assert (task.element.findtext(f"{BPMN}script"), task.element.get("scriptFormat")) == ("count(risks) * 10", "feel")
    assert task.properties == {"result_variable": "points"}


def test_a_script_that_is_ours_already_stays() -> None:
    for language in ("feel", "application/feel"):
        source = process(start() + script("x", "1 + 2", "y").replace('"feel"', f'"{language}"') + end())
        assert normalise(source).open_points == ()
        assert normalise(source).is_unchanged
    theirs = '<bpmn:scriptTask id="x" scriptFormat="feel" camunda:resultVariable="y">'
    found = foreign(theirs + "<bpmn:script>1 + 2</bpmn:script></bpmn:scriptTask>")
    assert node(found, "x").properties == {"result_variable": "y"}


def test_settings_that_change_what_happens_are_told() -> None:
    assert open_points(imported("flowable"), "mail")["import.setting"]["name"] == "skipExpression"
    assert open_points(imported("camunda8"), "call")["import.setting"]["name"] == "propagateAllChildVariables=false"
    assert open_points(imported("flowable"), "sub")["import.mapping"]["variable"] == "cost"


def test_ids_that_cannot_run_are_renamed_wherever_they_stand() -> None:
    found = imported("camunda7")
    assert found.renamed == {"Start": "Start_2", "End": "End_2"}
    assert "“Start” is now called “Start_2”." in [str(change) for change in found.changes]
    flows = {flow.id: (flow.source, flow.target) for flow in diagram(found).flows}
    assert (flows["to_check"], flows["to_end"]) == (("Start_2", "check"), ("order", "End_2"))
    assert b'bpmnElement="Start_2"' in found.bpmn
    found = imported("signavio")
    assert found.renamed == {"审核": "task", "流": "sequenceFlow"}
    assert "审核".encode() in found.bpmn  # its name stays
    for reference in (b"<flowNodeRef>task<", b"<outgoing>sequenceFlow<", b'bpmnElement="sequenceFlow"', b'="sid-6"'):
        assert reference in found.bpmn


def test_an_id_used_twice_stays_a_finding() -> None:
    found = normalise(process(start("Start") + user("x") + end("Start")))
    assert [item.id for item in diagram(found).nodes.values()] == ["Start_2", "x"]
    assert found.bpmn.count(b'"Start_2"') == 2


def test_a_variable_called_like_a_renamed_id_keeps_its_name() -> None:
    loop = "<bpmn:loopDataInputRef>End</bpmn:loopDataInputRef>"
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{loop}</bpmn:multiInstanceLoopCharacteristics>"
    found = normalise(process(start() + user("x", inner=loop) + end("End") + chain("start", "x", "End")))
    assert b"<bpmn:loopDataInputRef>End<" in found.bpmn


def test_the_process_that_runs_is_the_one_with_content() -> None:
    shop = imported("signavio")
    assert diagram(shop).process_id == "sid-6"
    assert open_points(shop, "sid-8")["import.start"]["trigger"] == "messageEventDefinition"
    assert [item.get("isExecutable") for item in tree(shop).iter(f"{BPMN}process")] == ["false", "true"]


def test_of_several_processes_one_is_chosen_and_that_is_told() -> None:
    second = '<bpmn:process id="big">' + start("s") + user("x") + end("e") + chain("s", "x", "e") + "</bpmn:process>"
    source = process(start(), extra=second).replace(b' isExecutable="true"', b"")
    found = normalise(source)
    assert diagram(found).process_id == "big"
    assert open_points(found, "big")["import.several"]["others"] == "p"


def test_a_process_that_another_calls_is_not_the_one_to_start() -> None:
    called = f'<bpmn:process id="called">{start("s")}{user("x")}{user("y")}{end("e")}</bpmn:process>'
    body = start() + call("c", "called") + end() + chain("start", "c", "end")
    found = normalise(process(body, extra=called).replace(b' isExecutable="true"', b""))
    assert diagram(found).process_id == "p"
    assert not found.open_points


def test_a_subprocess_that_was_never_opened_does_nothing() -> None:
    found = normalise(process(start() + '<bpmn:subProcess id="x"/>' + end() + chain("start", "x", "end")))
    inside = [item.id for item in diagram(found).nodes.values() if item.scope == "x"]
    assert inside == ["x_start", "x_end"]
    assert "import.empty" in open_points(found, "x")
    assert diagram(found).flow_between("x_start", "x_end") is not None


def test_what_events_name_is_declared() -> None:
    found = imported("signavio")
    assert diagram(found).messages == {"message_sid-15": "Order confirmed"}
    assert b'name="payment received"' in imported("camunda8").bpmn
    assert node(imported("camunda8"), "wait").properties == {"correlation": "=order_id"}
    assert b'errorCode="Broken"' in imported("plain").bpmn


def test_another_encoding_is_read_and_becomes_utf8() -> None:
    found = imported("plain")
    assert "Prüfen".encode() in found.bpmn
    assert b"encoding='UTF-8'" in found.bpmn


def test_data_two_subprocesses_deep_go() -> None:
    assert b"dataInputAssociation" not in imported("plain").bpmn


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("xml.syntax", b"nothing"),
        ("xml.doctype", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        ("xml.doctype", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a/>'.encode("utf-16")),
        ("xml.too_deep", b"<a>" * 100 + b"</a>" * 100),
        ("import.no_process", b"<a/>"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(code: str, source: bytes) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        normalise(source)
    assert refusal.value.code == code
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_a_file_of_the_largest_size_is_translated_in_seconds() -> None:
    tasks = "".join(f'<bpmn:task name="{number}"/><bpmn:task id="任{number}"/>' for number in range(20_000))
    began = time.perf_counter()
    found = normalise(process(tasks))
    assert len(found.renamed) == 20_000
    assert time.perf_counter() - began < 10


def forked(*flows: str, task: str = '<bpmn:task id="x"/>') -> Normalised:
    body = start() + task + end("a") + end("b") + chain("start", "x") + "".join(flows)
    return normalise(process(body))


def test_several_flows_from_a_task_become_a_gateway() -> None:
    found = forked(flow("x", "a"), flow("x", "b"))
    assert node(found, "x_split").kind == "parallelGateway"
    ways = [(item.source, item.target) for item in diagram(found).flows]
    assert ways == [("start", "x"), ("x", "x_split"), ("x_split", "a"), ("x_split", "b")]
    found = forked(flow("x", "a", "v"), flow("x", "b"), task='<bpmn:task id="x" default="x_to_b"/>')
    gateway = node(found, "x_split")
    assert (gateway.kind, gateway.default_flow, node(found, "x").default_flow) == ("inclusiveGateway", "x_to_b", None)


def test_a_mixture_of_conditions_and_none_stays_a_finding() -> None:
    assert forked(flow("x", "a", "v"), flow("x", "b")).is_unchanged
    assert forked(flow("x", "a", "v")).is_unchanged


def test_the_new_gateway_is_drawn_beside_its_task() -> None:
    names = 'xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:c="http://www.omg.org/spec/DD/20100524/DC"'
    drawn = (
        f'<d:BPMNDiagram {names} xmlns:i="http://www.omg.org/spec/DD/20100524/DI"><d:BPMNPlane bpmnElement="p">'
        '<d:BPMNShape bpmnElement="x"><c:Bounds x="100" y="80" width="100" height="80"/></d:BPMNShape>'
        '<d:BPMNEdge bpmnElement="x_to_a"><i:waypoint x="200" y="120"/><i:waypoint x="400" y="50"/></d:BPMNEdge>'
        "</d:BPMNPlane></d:BPMNDiagram>"
    )
    body = start() + '<bpmn:task id="x"/>' + end("a") + end("b") + chain("start", "x", "a") + flow("x", "b")
    text = normalise(process(body).replace(b"</bpmn:definitions>", drawn.encode() + b"</bpmn:definitions>")).bpmn
    assert b'bpmnElement="x_split"><c:Bounds x="215" y="95" width="50" height="50"/>' in text
    assert b'<i:waypoint x="265" y="120"/><i:waypoint x="400" y="50"/>' in text


def test_what_stands_behind_a_removed_extension_is_translated_too() -> None:
    odd = '<bpmn:userTask id="x"><bpmn:extensionElements><camunda:formData><bpmn:userTask id="y"/></camunda:formData>'
    found = foreign(odd + '</bpmn:extensionElements></bpmn:userTask><bpmn:userTask id="z" camunda:assignee="${who}"/>')
    assert node(found, "z").properties == {"candidates": "=[who]"}
