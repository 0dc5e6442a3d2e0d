"""Small diagrams for tests, written as little as possible."""

from itertools import pairwise
from typing import Any

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="https://example.invalid">'
)


def process(body: str, *, extra: str = "", process_id: str = "p") -> bytes:
    """A file with one executable process."""
    inside = f'{extra}<bpmn:process id="{process_id}" isExecutable="true">{body}</bpmn:process>'
    return f"{_HEAD}{inside}</bpmn:definitions>".encode()


def start(node_id: str = "start") -> str:
    return f'<bpmn:startEvent id="{node_id}"/>'


def end(node_id: str = "end") -> str:
    return f'<bpmn:endEvent id="{node_id}"/>'


def flow(source: str, target: str, condition: str = "", flow_id: str = "") -> str:
    head = f'<bpmn:sequenceFlow id="{flow_id or f"{source}_to_{target}"}" sourceRef="{source}" targetRef="{target}"'
    if not condition:
        return head + "/>"
    condition = condition.replace("&", "&amp;").replace("<", "&lt;")
    return f"{head}><bpmn:conditionExpression>{condition}</bpmn:conditionExpression></bpmn:sequenceFlow>"


def chain(*node_ids: str) -> str:
    """Flows from each node to the next."""
    return "".join(flow(source, target) for source, target in pairwise(node_ids))


def settings(**values: str) -> str:
    items = "".join(
        f'<spiffworkflow:property name="{name}" value="{value.replace(chr(34), "&quot;")}"/>'
        for name, value in values.items()
    )
    return f"<spiffworkflow:properties>{items}</spiffworkflow:properties>"


def user(node_id: str, *, inner: str = "", **values: str) -> str:
    values = {"form_key": "form", "fields": "answer", "role": "finance", **values}
    extensions = f"<bpmn:extensionElements>{settings(**values)}</bpmn:extensionElements>"
    return f'<bpmn:userTask id="{node_id}">{extensions}{inner}</bpmn:userTask>'


def service(node_id: str, operation: str, *, result: str = "", keep: str = "", **parameters: str) -> str:
    given = "".join(
        f'<spiffworkflow:parameter id="{name}" type="any" value="{value}"/>' for name, value in parameters.items()
    )
    operator = (
        f'<spiffworkflow:serviceTaskOperator id="{operation}" resultVariable="{result}">'
        f"<spiffworkflow:parameters>{given}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    kept = settings(result_fields=keep) if keep else ""
    return (
        f'<bpmn:serviceTask id="{node_id}"><bpmn:extensionElements>{operator}{kept}</bpmn:extensionElements>'
        "</bpmn:serviceTask>"
    )


def timer(node_id: str, host: str, kind: str, text: str, *, interrupting: bool = False) -> str:
    return (
        f'<bpmn:boundaryEvent id="{node_id}" attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}">'
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )


def exclusive(node_id: str, default: str = "") -> str:
    attribute = f' default="{default}"' if default else ""
    return f'<bpmn:exclusiveGateway id="{node_id}"{attribute}/>'


def one_task(**values: Any) -> bytes:
    """start → `ask` → end."""
    return process(start() + user("ask", **values) + end() + chain("start", "ask", "end"))


def script(node_id: str, expression: str, result: str) -> str:
    expression = expression.replace("&", "&amp;").replace("<", "&lt;")
    kept = f"<bpmn:extensionElements>{settings(result_variable=result)}</bpmn:extensionElements>" if result else ""
    return (
        f'<bpmn:scriptTask id="{node_id}" scriptFormat="feel">{kept}<bpmn:script>{expression}</bpmn:script>'
        "</bpmn:scriptTask>"
    )


def call(node_id: str, process_id: str, *, inner: str = "") -> str:
    return f'<bpmn:callActivity id="{node_id}" calledElement="{process_id}">{inner}</bpmn:callActivity>'


def parallel(*node_ids: str) -> str:
    return "".join(f'<bpmn:parallelGateway id="{node_id}"/>' for node_id in node_ids)


def inclusive(node_id: str, default: str = "") -> str:
    attribute = f' default="{default}"' if default else ""
    return f'<bpmn:inclusiveGateway id="{node_id}"{attribute}/>'


def multi(
    *,
    over: str = "",
    times: str = "",
    item: str = "",
    into: str = "",
    result: str = "",
    until: str = "",
    sequential: bool = False,
    number: str = "",
) -> str:
    """Multi-instance characteristics; `number` tells the ids of several apart."""
    parts = [
        f"<bpmn:loopCardinality>{times}</bpmn:loopCardinality>" if times else "",
        f"<bpmn:loopDataInputRef>{over}</bpmn:loopDataInputRef>" if over else "",
        f"<bpmn:loopDataOutputRef>{into}</bpmn:loopDataOutputRef>" if into else "",
        f'<bpmn:inputDataItem id="in{number}" name="{item}"/>' if item else "",
        f'<bpmn:outputDataItem id="out{number}" name="{result}"/>' if result else "",
        f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else "",
    ]
    kind = "multiInstanceLoopCharacteristics"
    return f'<bpmn:{kind} isSequential="{str(sequential).lower()}">{"".join(parts)}</bpmn:{kind}>'


def standard_loop(condition: str = "", **attributes: str) -> str:
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics{given}>{inner}</bpmn:standardLoopCharacteristics>"


def subprocess(node_id: str, body: str, *, inner: str = "") -> str:
    return f'<bpmn:subProcess id="{node_id}">{inner}{body}</bpmn:subProcess>'
