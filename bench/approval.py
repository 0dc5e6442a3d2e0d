"""One approval process, written twice: in our dialect with FEEL, and for the stock library with Python expressions.

script → decision → sequential multi-instance subprocess of a user task with a reminder timer → gateway → service.
"""

from __future__ import annotations

from typing import Any

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="https://example.invalid">'
)
_BODY = """
<bpmn:process id="approval" isExecutable="true">
 <bpmn:startEvent id="start"/>
 <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="sum_up"/>
 {sum_up}
 <bpmn:sequenceFlow id="f2" sourceRef="sum_up" targetRef="pick"/>
 <bpmn:businessRuleTask id="pick" name="Pick the chain"><bpmn:extensionElements>
  <spiffworkflow:calledDecisionId>chain_key</spiffworkflow:calledDecisionId></bpmn:extensionElements>
 </bpmn:businessRuleTask>
 <bpmn:sequenceFlow id="f3" sourceRef="pick" targetRef="resolve"/>
 {resolve}
 <bpmn:sequenceFlow id="f4" sourceRef="resolve" targetRef="steps"/>
 <bpmn:subProcess id="steps" name="Approval step">
  <bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">
   <bpmn:loopDataInputRef>chain</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>decisions</bpmn:loopDataOutputRef>
   <bpmn:inputDataItem id="step" name="step"/><bpmn:outputDataItem id="decision" name="decision"/>
   <bpmn:completionCondition>{rejected}</bpmn:completionCondition>
  </bpmn:multiInstanceLoopCharacteristics>
  <bpmn:startEvent id="s_start"/>
  <bpmn:sequenceFlow id="g1" sourceRef="s_start" targetRef="approve"/>
  <bpmn:userTask id="approve" name="Approve"><bpmn:extensionElements><spiffworkflow:properties>
   <spiffworkflow:property name="form_key" value="approval"/><spiffworkflow:property name="fields" value="decision"/>
   <spiffworkflow:property name="candidates" value="=step.candidates"/>
  </spiffworkflow:properties></bpmn:extensionElements></bpmn:userTask>
  <bpmn:boundaryEvent id="late" attachedToRef="approve" cancelActivity="false"><bpmn:timerEventDefinition>
   <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{three_days}</bpmn:timeDuration>
  </bpmn:timerEventDefinition></bpmn:boundaryEvent>
  <bpmn:sequenceFlow id="g2" sourceRef="late" targetRef="remind"/>
  {remind}
  <bpmn:sequenceFlow id="g3" sourceRef="remind" targetRef="reminded"/>
  <bpmn:endEvent id="reminded"/>
  <bpmn:sequenceFlow id="g4" sourceRef="approve" targetRef="s_end"/>
  <bpmn:endEvent id="s_end"/>
 </bpmn:subProcess>
 <bpmn:sequenceFlow id="f5" sourceRef="steps" targetRef="all_agree"/>
 <bpmn:exclusiveGateway id="all_agree" default="f7"/>
 <bpmn:sequenceFlow id="f6" sourceRef="all_agree" targetRef="issue">
  <bpmn:conditionExpression>{agreed}</bpmn:conditionExpression></bpmn:sequenceFlow>
 <bpmn:sequenceFlow id="f7" sourceRef="all_agree" targetRef="refused"/>
 <bpmn:endEvent id="refused"/>
 {issue}
 <bpmn:sequenceFlow id="f8" sourceRef="issue" targetRef="end"/>
 <bpmn:endEvent id="end"/>
</bpmn:process></bpmn:definitions>"""

_DECISION = """
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="dmn" name="dmn" namespace="urn:bench">
<decision id="chain_key" name="Chain"><decisionTable id="table">
<input id="i" label="total"><inputExpression id="ie" typeRef="number"><text>total</text></inputExpression></input>
<output id="o" name="chain_key" typeRef="string"/>
<rule id="r1"><inputEntry id="e1"><text>&lt; 10000</text></inputEntry>
<outputEntry id="o1"><text>"simple"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="e2"><text>&gt;= 10000</text></inputEntry>
<outputEntry id="o2"><text>"full"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

DECISION = _DECISION.encode()
PROCESS_ID = "approval"


def ours(*, at_once: bool = False) -> bytes:
    """The process in our dialect; its steps one after the other or `at_once`."""
    return (
        _HEAD.encode()
        + _BODY.format(
            sequential=str(not at_once).lower(),
            sum_up=_script("sum_up", "sum(for line in lines return line.qty * line.price)", "total"),
            resolve=_script(
                "resolve",
                'for i in 1..length return {role: "role " + string(i), limit: i * 1000, candidates: [i, i + 1]}',
                "chain",
            ),
            remind=_service("remind"),
            issue=_service("issue"),
            rejected='decision = "reject"',
            three_days="P3D",
            agreed='not(list contains(decisions, "reject"))',
        ).encode()
    )


def stock(*, at_once: bool = False) -> bytes:
    """The process for the stock library."""
    return (
        _HEAD.encode()
        + _BODY.format(
            sequential=str(not at_once).lower(),
            sum_up=_python("sum_up", 'total = sum(line["qty"] * line["price"] for line in lines)'),
            resolve=_python(
                "resolve",
                'chain = [{"role": "role %d" % i, "limit": i * 1000, "candidates": [i, i + 1]}'
                " for i in range(1, length + 1)]",
            ),
            remind=_service("remind"),
            issue=_service("issue"),
            rejected='decision == "reject"',
            three_days='"P3D"',
            agreed='"reject" not in decisions',
        ).encode()
    )


def data(length: int) -> dict[str, Any]:
    """What an instance starts with: ten lines, and how many approvals it needs."""
    lines = [{"sku": f"sku-{i}", "qty": i + 1, "price": 1250 * i, "desc": f"item number {i}"} for i in range(10)]
    buyer = {"name": "ACME Ltd", "tax_id": "913100001234567890", "addr": "1 Road", "bank": "Bank 123 456"}
    return {"lines": lines, "buyer": buyer, "length": length, "requester": 42, "remark": "before the end of the month"}


def _script(node_id: str, expression: str, variable: str) -> str:
    return (
        f'<bpmn:scriptTask id="{node_id}" scriptFormat="feel"><bpmn:extensionElements><spiffworkflow:properties>'
        f'<spiffworkflow:property name="result_variable" value="{variable}"/></spiffworkflow:properties>'
        f"</bpmn:extensionElements><bpmn:script>{expression}</bpmn:script></bpmn:scriptTask>"
    )


def _python(node_id: str, script: str) -> str:
    return f'<bpmn:scriptTask id="{node_id}"><bpmn:script>{script}</bpmn:script></bpmn:scriptTask>'


def _service(operation: str) -> str:
    return (
        f'<bpmn:serviceTask id="{operation}"><bpmn:extensionElements>'
        f'<spiffworkflow:serviceTaskOperator id="{operation}_it"><spiffworkflow:parameters/>'
        "</spiffworkflow:serviceTaskOperator></bpmn:extensionElements></bpmn:serviceTask>"
    )
