"""Changed versions of the shipped flow, and requests that run on it."""

from collections.abc import Mapping

from flask import Flask

from models.access import Actor
from models.processes import HumanTask, ProcessDefinition
from tasks import inbox, processes
from tests.support.requests import make_customer, make_request
from workflows import BPMN_DIR

SHIPPED = (BPMN_DIR / "invoice_request.bpmn").read_text(encoding="utf-8")
_TIMER = 'id="waiting_long_timer">\n        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
SOONER = {f"{_TIMER}P5D": f"{_TIMER}P3D"}
# Approvers see the form of the revision, under another title.
OTHER_FORM = {
    'name="form_key" value="approval"': 'name="form_key" value="revision"',
    'name="title" value="=chain.steps[chain.position + 1].title"': 'name="title" value="Look at it"',
}
# A person of finance looks at the request before it is marked as approved.
ONE_MORE_STEP = {
    'sourceRef="any_step_left" targetRef="mark_approved"': 'sourceRef="any_step_left" targetRef="look"',
    '<bpmn:endEvent id="end_issued"': '<bpmn:userTask id="look" name="Look"><bpmn:extensionElements>'
    '<spiffworkflow:properties><spiffworkflow:property name="form_key" value="approval"/>'
    '<spiffworkflow:property name="fields" value="decision comment"/>'
    '<spiffworkflow:property name="role" value="finance"/></spiffworkflow:properties></bpmn:extensionElements>'
    '</bpmn:userTask><bpmn:sequenceFlow id="looked" sourceRef="look" targetRef="mark_approved"/>'
    '<bpmn:endEvent id="end_issued"',
    "<bpmn:incoming>all_approved</bpmn:incoming>": "<bpmn:incoming>looked</bpmn:incoming>",
}
NEW_ID = {'"approve"': '"approval"'}
OTHER_IDS = {'"approve"': '"assess"', "Approve request": "Assess", '"decided"': '"judged"', '"any_step_left"': '"more"'}
# Approvers do something else, behind and before other steps: no comparison can tell what stands for what.
UNLIKE = {
    '"approve"': '"assess"',
    "Approve request": "Weigh",
    "审批申请": "衡量",
    'targetRef="assess"': 'targetRef="before"',
    'sourceRef="assess"': 'sourceRef="behind"',
    '<bpmn:endEvent id="end_issued"': '<bpmn:task id="before"/><bpmn:task id="behind"/>'
    '<bpmn:sequenceFlow id="first" sourceRef="before" targetRef="assess"/>'
    '<bpmn:sequenceFlow id="then" sourceRef="assess" targetRef="behind"/><bpmn:endEvent id="end_issued"',
}
# Everybody of a list approves at once: a repetition cannot begin in the middle.
IN_A_LOOP = {
    "<bpmn:outgoing>to_advance</bpmn:outgoing>": "<bpmn:outgoing>to_advance</bpmn:outgoing>"
    '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>'
    "<bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="person"/><bpmn:outputDataItem id="decision"/></bpmn:multiInstanceLoopCharacteristics>'
}


def changed(*edits: Mapping[str, str]) -> bytes:
    """The shipped diagram with texts replaced; each of them must be there."""
    source = SHIPPED
    for edit in edits:
        for old, new in edit.items():
            assert old in source, old
            source = source.replace(old, new)
    return source.encode()


def publish(app: Flask, actor: Actor, *edits: Mapping[str, str]) -> int:
    """Publish the changed flow; the id of its version."""
    with app.app_context():
        _, tables = processes.shipped_flow()
        return processes.publish_process(actor, bpmn=changed(*edits), tables=list(tables.values())).id


def running(app: Flask, actor: Actor, count: int = 1) -> list[int]:
    """Requests of `actor` that wait for their first approval."""
    with app.app_context():
        customer = make_customer(actor)
        return [make_request(actor, customer) for _ in range(count)]


def open_task(app: Flask, actor: Actor) -> HumanTask:
    """The first task that waits for `actor`, with its signers."""
    with app.app_context():
        task = inbox.list_tasks(actor).rows[0].task
        assert task.signers is not None
        return task


def versions(app: Flask, actor: Actor) -> list[ProcessDefinition]:
    """The versions of the flow, oldest first."""
    with app.app_context():
        return list(processes.list_versions(actor, key="invoice_request"))[::-1]
