"""Turns a checked BPMN file into SpiffWorkflow specs, with our task specs and without reading anything else."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.defaults import (
    EndEvent,
    IntermediateThrowEvent,
    SendTask,
)
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.spiff.parser.process import SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import (
    CallActivityParser,
    SpiffTaskParser,
    SubWorkflowParser,
    UserTaskParser,
)
from SpiffWorkflow.spiff.specs.defaults import ManualTask, NoneTask, UserTask

from engine.bpmn.activities import CallActivity, ScriptTask
from engine.bpmn.control import BoundaryEventSplit, SubWorkflowTask
from engine.bpmn.diagram import CALLED_DECISION, OPERATOR, called_id, properties, read_diagram, text_of, variable_of
from engine.bpmn.events.parsing import BoundaryEventParser, EventParser, StartEventParser
from engine.bpmn.events.specs import BoundaryEvent, StartEvent
from engine.bpmn.gateways import (
    EventBasedGateway,
    InclusiveGateway,
    IntermediateCatchEvent,
    ParallelGateway,
    ReceiveTask,
)
from engine.bpmn.loops import MultiInstanceTask, RepeatedTask, Repetition, StandardLoopTask
from engine.bpmn.specs import DecisionTask, ExclusiveGateway, ServiceTask
from engine.bpmn.xml import BPMN, SPIFF
from engine.errors import DefinitionInvalid

_DIAGRAM = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"
# Data objects are documentation here: process data are variables. SpiffWorkflow's reading of them can hang.
_DOCUMENTATION = (
    "dataInputAssociation", "dataOutputAssociation", "ioSpecification", "property", "dataObject", "dataStore",
    "dataStoreReference",
)  # fmt: skip


@dataclass(frozen=True)
class ExecutableSpecs:
    """The process's spec and those of its subprocesses by id. Shared between threads; never changed after parsing."""

    process: Any
    subprocesses: dict[str, Any]


def parse_specs(root: Any, process_id: str) -> ExecutableSpecs:
    """The specs of process `process_id` in a file that has passed the linter. Raises `DefinitionInvalid`."""
    root = deepcopy(root)
    _strip(root)
    _draw_links(root)
    parser = _Parser()
    try:
        parser.add_bpmn_xml(root)
        specs = ExecutableSpecs(parser.get_spec(process_id), parser.get_subprocess_specs(process_id))
    except ValidationException as why:
        raise DefinitionInvalid.single(
            "bpmn.unreadable", "The diagram cannot be read: {reason}", reason=str(why)
        ) from why
    for spec in (specs.process, *specs.subprocesses.values()):
        _prepare(spec)
    return specs


def _strip(root: Any) -> None:
    """Take out what SpiffWorkflow would stumble over.

    Data objects; parameters that have the id of an element; the drawing, because the order in which a gateway tries its
    flows would follow the height at which their targets are drawn; `isExecutable`, which only says what may be started.
    """
    for process in root.iter(f"{BPMN}process"):
        process.set("isExecutable", "true")
    for element in list(root.iter(_DIAGRAM, *(f"{BPMN}{name}" for name in _DOCUMENTATION))):
        element.getparent().remove(element)
    for element in root.iter(f"{SPIFF}*"):
        if "id" in element.attrib:
            element.set("key", element.attrib.pop("id"))


def _draw_links(root: Any) -> None:
    """Put a sequence flow where a link leads, which means the same (BPMN 2.0, 10.5.5)."""
    diagram = read_diagram(root)
    for link in diagram.links:
        scope = diagram.nodes[link.source].element.getparent()
        flow = etree.SubElement(scope, f"{BPMN}sequenceFlow", sourceRef=link.source, targetRef=link.target)
        flow.set("id", f"{link.source}.Link")  # without an id SpiffWorkflow does not see it


def _prepare(spec: Any) -> None:
    """What can be done only once all elements are connected.

    SpiffWorkflow connects a loop's children when the first one is made: a change at run time, and lost on reload.
    """
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, LoopTask):
            spec.task_specs[task_spec.task_spec].completed_event.connect(task_spec.merge_child)
        elif isinstance(task_spec, InclusiveGateway):
            task_spec.prepare()


class _Element:
    """Our specs for loops and boundary events, and of the extensions the properties only: no scripts."""

    node: Any
    spec: Any
    task: Any
    bpmn_id: str
    process_parser: Any

    def parse_extensions(self, node: Any = None) -> dict[str, dict[str, str]]:
        return {"properties": properties(self.node)}

    def _add_multiinstance_task(self, loop: Any) -> None:
        repetition = Repetition(
            is_sequential=loop.get("isSequential") == "true",
            collection=text_of(loop, f"{BPMN}loopDataInputRef"),
            cardinality=text_of(loop, f"{BPMN}loopCardinality"),
            item=variable_of(loop.find(f"{BPMN}inputDataItem")),
            results=text_of(loop, f"{BPMN}loopDataOutputRef"),
            result=variable_of(loop.find(f"{BPMN}outputDataItem")),
            completion_condition=text_of(loop, f"{BPMN}completionCondition"),
        )
        self._repeat(MultiInstanceTask, repetition=repetition)

    def _add_loop_task(self, loop: Any) -> None:
        maximum = loop.get("loopMaximum")
        self._repeat(
            StandardLoopTask,
            condition=text_of(loop, f"{BPMN}loopCondition"),
            maximum=int(maximum) if maximum is not None else None,
            test_before=loop.get("testBefore") == "true",
        )

    def _repeat(self, loop: type[RepeatedTask], **settings: Any) -> None:
        activity = self.spec.task_specs.pop(self.task.name)
        self.task = loop(self.spec, activity.name, lane=activity.lane, **settings)
        self.task.wrap(activity)

    def _add_boundary_event(self, children: list[Any]) -> BoundaryEventSplit:
        # Not super(): it adds a join behind the activity, which waits for what the split can see itself.
        split = BoundaryEventSplit(self.spec, f"{self.bpmn_id}.BoundaryEventSplit", lane=self.task.lane)
        split.connect(self.task)
        for event in children:
            split.connect(self.process_parser.parse_node(event))
        return split


class _StartEventParser(_Element, StartEventParser):
    pass


class _EventParser(_Element, EventParser):
    pass


class _BoundaryEventParser(_Element, BoundaryEventParser):
    pass


class _TaskParser(_Element, SpiffTaskParser):
    pass


class _UserTaskParser(_Element, UserTaskParser):
    pass


class _SubProcessParser(_Element, SubWorkflowParser):
    pass


class _CallActivityParser(_Element, CallActivityParser):
    def create_task(self) -> CallActivity:
        called = called_id(self.node)
        return CallActivity(self.spec, self.bpmn_id, subworkflow_spec=called, **self.bpmn_attributes)


class _ChoiceParser(ConditionalGatewayParser):
    def parse_condition(self, sequence_flow: Any) -> str | None:
        return text_of(sequence_flow, f"{BPMN}conditionExpression")

    def connect_outgoing(self, outgoing_task: Any, sequence_flow: Any, is_default: bool) -> None:
        """SpiffWorkflow takes the only flow of a gateway, when it has no condition, as default for its own classes."""
        is_only = len(self.process_parser.get_outgoing_sequence_flows(self.bpmn_id)) == 1
        is_open = is_only and self.parse_condition(sequence_flow) is None
        super().connect_outgoing(outgoing_task, sequence_flow, is_default or is_open)


class _ServiceTaskParser(_Element, SpiffTaskParser):
    def create_task(self) -> ServiceTask:
        operator = self.node.find(OPERATOR)
        return ServiceTask(
            self.spec,
            self.bpmn_id,
            operation=operator.get("key"),
            parameters={item.get("key"): item.get("value") for item in operator.iter(f"{SPIFF}parameter")},
            result_variable=operator.get("resultVariable", ""),
            **self.bpmn_attributes,
        )


class _ScriptTaskParser(_Element, SpiffTaskParser):
    def create_task(self) -> ScriptTask:
        return ScriptTask(
            self.spec,
            self.bpmn_id,
            expression=text_of(self.node, f"{BPMN}script") or "",
            result_variable=properties(self.node).get("result_variable", ""),
            **self.bpmn_attributes,
        )


class _DecisionTaskParser(_Element, SpiffTaskParser):
    def create_task(self) -> DecisionTask:
        decision = text_of(self.node, CALLED_DECISION) or ""
        return DecisionTask(self.spec, self.bpmn_id, decision=decision, **self.bpmn_attributes)


class _Parser(BpmnParser):
    """An allow list: what is not here is refused, by the linter with a sentence and here in any case."""

    PROCESS_PARSER_CLASS = SpiffProcessParser
    PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("exclusiveGateway"): (_ChoiceParser, ExclusiveGateway),
        full_tag("inclusiveGateway"): (_ChoiceParser, InclusiveGateway),
        full_tag("parallelGateway"): (GatewayParser, ParallelGateway),
        full_tag("eventBasedGateway"): (GatewayParser, EventBasedGateway),
        full_tag("startEvent"): (_StartEventParser, StartEvent),
        full_tag("endEvent"): (_EventParser, EndEvent),
        full_tag("intermediateCatchEvent"): (_EventParser, IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (_EventParser, IntermediateThrowEvent),
        full_tag("boundaryEvent"): (_BoundaryEventParser, BoundaryEvent),
        full_tag("receiveTask"): (_EventParser, ReceiveTask),
        full_tag("sendTask"): (_EventParser, SendTask),
        full_tag("task"): (_TaskParser, NoneTask),
        full_tag("manualTask"): (_TaskParser, ManualTask),
        full_tag("userTask"): (_UserTaskParser, UserTask),
        full_tag("serviceTask"): (_ServiceTaskParser, ServiceTask),
        full_tag("scriptTask"): (_ScriptTaskParser, ScriptTask),
        full_tag("businessRuleTask"): (_DecisionTaskParser, DecisionTask),
        full_tag("subProcess"): (_SubProcessParser, SubWorkflowTask),
        full_tag("callActivity"): (_CallActivityParser, CallActivity),
    }
