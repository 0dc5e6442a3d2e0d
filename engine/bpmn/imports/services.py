"""Calls of services, decisions and scripts, as other systems write them on tasks."""

import re
from typing import Any, Final

from engine.bpmn.diagram import CALLED_DECISION, OPERATOR, text_of
from engine.bpmn.imports import vendor
from engine.bpmn.imports.expressions import is_expression, literal_or_feel
from engine.bpmn.imports.mappings import Mapping, take_inputs, take_outputs
from engine.bpmn.imports.report import Report
from engine.bpmn.lint.activities import SCRIPT_FORMATS
from engine.bpmn.xml import BPMN, SPIFF, local_name
from engine.errors import ExpressionInvalid

_BEAN: Final = re.compile(r"[$#]\{\s*(\w+(?:\.\w+)*)")
CALLED_DECISION_KEYS: Final = frozenset({"decisionTableReferenceKey", "decisionServiceReferenceKey"})


def convert(root: Any, report: Report) -> None:
    """Put calls into our words. Which service of ours stands for one of theirs, the designer has to say."""
    for kind in ("businessRuleTask", "serviceTask", "sendTask"):
        for task in list(root.iter(BPMN + kind)):
            _convert_call(task, report)
    for task in list(root.iter(f"{BPMN}scriptTask")):
        _convert_script(task, report)
    for activity in list(root.iter(f"{BPMN}callActivity")):
        _name_process(activity, report)
    for definition in list(root.iter(f"{BPMN}messageEventDefinition")):
        service = _implementation(definition) or _implementation(definition.getparent())
        if service:
            event_id = definition.getparent().get("id", "")
            report.warning(event_id, "import.send", "“{element}” sent its message by {service}.", service=service)


def _convert_call(task: Any, report: Report) -> None:
    """In the other systems every one of these kinds can ask a decision or call a service."""
    decision = _decision(task)
    service = None if decision else _implementation(task)
    if decision:
        _become(task, "businessRuleTask", report)
        _ask(task, decision, report)
    elif service:
        _become(task, "serviceTask", report)
        _call(task, service, report)


def _become(task: Any, kind: str, report: Report) -> None:
    before = local_name(task)
    if before != kind:
        task.tag = BPMN + kind
        report.change(
            task.get("id", ""), "import.kind", "“{element}”, a {before}, is a {kind} now.", before=before, kind=kind
        )


def _implementation(element: Any) -> str | None:
    """What the element calls in its own system: a topic, job type, class, bean or built-in kind."""
    kind = vendor.take(element, "type")
    name = vendor.take(element, "topic", "class", "delegateExpression", "expression")
    definition = vendor.take_child(element, "taskDefinition")
    if definition is not None:
        name = definition.get("type") or name
    connector = vendor.take_child(element, "connector")
    if connector is not None:
        name = connector.findtext(f"{vendor.CAMUNDA}connectorId") or name
    name = name or (kind if kind != "external" else None)
    if not name:
        return None
    bean = _BEAN.match(name)
    return (bean[1] if bean else name.removeprefix("="))[:200]


def _call(task: Any, service: str, report: Report) -> None:
    result = vendor.take(task, "resultVariable", "resultVariableName") or _header(task, "resultVariable", report)
    inputs, outputs = take_inputs(task), take_outputs(task)
    if task.find(OPERATOR) is not None:
        return
    operator = vendor.add_extension(task, "serviceTaskOperator", id=service)
    if result:
        operator.set("resultVariable", result)
    _give_parameters(task, operator, inputs, report)
    _keep_results(task, outputs, report)
    report.error(task.get("id", ""), "import.service", "“{element}” called {service}.", service=service)


def _give_parameters(task: Any, operator: Any, inputs: list[Mapping], report: Report) -> None:
    parameters = operator.makeelement(f"{SPIFF}parameters")
    for item in inputs:
        try:
            value = literal_or_feel(item.source)
        except ExpressionInvalid:
            report.feel(task.get("id", ""), item.source)
            continue
        settings = {"id": item.target, "type": "any", "value": value}
        parameters.append(operator.makeelement(f"{SPIFF}parameter", settings))
    if len(parameters):
        operator.append(parameters)


def _keep_results(task: Any, outputs: list[Mapping], report: Report) -> None:
    same = [item.target for item in outputs if item.is_same]
    if same:
        vendor.set_property(task, "result_fields", " ".join(same))
    for item in outputs:
        if not item.is_same:
            item.leave_open(task, report)


def _header(task: Any, key: str, report: Report) -> str | None:
    """A connector of Camunda 8 is told in headers which variable takes its result."""
    found = None
    for headers in vendor.take_children(task, "taskHeaders"):
        for header in headers:
            value = header.get("value", "")
            if header.get("key") == key:
                found = value
            elif header.get("key") == "resultExpression":
                Mapping(value, "").leave_open(task, report)
    return found or None


def _decision(task: Any) -> tuple[str, str | None] | None:
    """The decision that the task asks, and the variable for the result."""
    key = vendor.take(task, "decisionRef")
    result = vendor.take(task, "resultVariable") if key else None
    called = vendor.take_child(task, "calledDecision")
    if called is not None:
        key, result = called.get("decisionId"), called.get("resultVariable")
    for field in vendor.children(task, "field"):
        if field.get("name") in CALLED_DECISION_KEYS:
            key = Mapping.of_field(field).source
            field.getparent().remove(field)
    return (key, result) if key else None


def _ask(task: Any, decision: tuple[str, str | None], report: Report) -> None:
    key, result = decision
    task_id = task.get("id", "")
    shape = vendor.take(task, "mapDecisionResult")
    vendor.take(task, "type")
    if is_expression(key):
        report.error(task_id, "import.decision_computed", "“{element}” computed its decision: {text}", text=key[:200])
    elif text_of(task, CALLED_DECISION) is None:
        vendor.add_extension(task, "calledDecisionId", key)
        report.change(task_id, "import.decision", "“{element}” asks the decision {decision}.", decision=key[:200])
    if result:
        vendor.set_property(task, "result_variable", result)
    if shape and shape != "singleEntry":
        report.warning(
            task_id, "import.decision_result", "“{element}” kept the result of its decision as {shape}.", shape=shape
        )


def _name_process(activity: Any, report: Report) -> None:
    called = vendor.take_child(activity, "calledElement")
    key = called.get("processId", "") if called is not None else activity.get("calledElement", "")
    if called is not None and called.get("propagateAllChildVariables") == "false":
        report.warning(
            activity.get("id", ""), "import.setting", "“{element}” had the setting {name}.",
            name="propagateAllChildVariables=false",
        )  # fmt: skip
    if is_expression(key):
        report.error(
            activity.get("id", ""), "import.call_computed", "“{element}” computed its process: {text}", text=key[:200]
        )
    elif key and key != activity.get("calledElement"):
        activity.set("calledElement", key)
        report.change(activity.get("id", ""), "import.call", "“{element}” calls the process {process}.", process=key)


def _convert_script(task: Any, report: Report) -> None:
    """An expression becomes FEEL; a script in any other language does not run here."""
    result, own = vendor.take(task, "resultVariable"), vendor.take_child(task, "script")
    language = task.get("scriptFormat", "").strip().lower() if own is None else ""
    text = text_of(task, f"{BPMN}script") or ""
    if own is not None:
        text, result = "=" + own.get("expression", "").removeprefix("="), own.get("resultVariable") or result
    if language in SCRIPT_FORMATS and not is_expression(text):
        if result:
            _compute(task, text, result, report)
    elif is_expression(text) and language in ("", "juel", *SCRIPT_FORMATS):
        feel = report.feel(task.get("id", ""), text)
        if feel is not None:
            _compute(task, feel, result, report)
    else:
        said = language[:100] or "–"
        report.error(task.get("id", ""), "import.script", "“{element}” runs a script ({language}).", language=said)


def _compute(task: Any, feel: str, result: str | None, report: Report) -> None:
    script = task.find(f"{BPMN}script")
    if script is None:
        script = task.makeelement(f"{BPMN}script")
        task.append(script)
    script.text = feel
    task.set("scriptFormat", "feel")
    if result:
        vendor.set_property(task, "result_variable", result)
    report.change(task.get("id", ""), "import.computed", "“{element}” computes {expression}.", expression=feel[:200])
