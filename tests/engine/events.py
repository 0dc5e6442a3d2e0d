"""Events and what they stand in, for small diagrams."""

from tests.engine.diagrams import settings

MESSAGE = '<bpmn:message id="m_paid" name="paid"/>'
SIGNAL = '<bpmn:signal id="s_closed" name="closed"/>'
ERROR = '<bpmn:error id="r_broke" name="No money left" errorCode="broke"/><bpmn:error id="r_other" errorCode="other"/>'
ESCALATION = '<bpmn:escalation id="x_slow" name="Too slow" escalationCode="slow"/>'
ESCALATION += '<bpmn:escalation id="x_other" escalationCode="other"/>'

ON_MESSAGE = '<bpmn:messageEventDefinition messageRef="m_paid"/>'
ON_SIGNAL = '<bpmn:signalEventDefinition signalRef="s_closed"/>'
ON_ERROR = '<bpmn:errorEventDefinition errorRef="r_broke"/>'
ON_ANY_ERROR = "<bpmn:errorEventDefinition/>"
ON_ESCALATION = '<bpmn:escalationEventDefinition escalationRef="x_slow"/>'
ON_ANY_ESCALATION = "<bpmn:escalationEventDefinition/>"
TERMINATE = "<bpmn:terminateEventDefinition/>"


def after(duration: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"


def every(cycle: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeCycle>{cycle}</bpmn:timeCycle></bpmn:timerEventDefinition>"


def catch(node_id: str, definition: str, **values: str) -> str:
    return _element("intermediateCatchEvent", f'id="{node_id}"', definition, values)


def throw(node_id: str, definition: str, **values: str) -> str:
    return _element("intermediateThrowEvent", f'id="{node_id}"', definition, values)


def end_with(node_id: str, definition: str, **values: str) -> str:
    return _element("endEvent", f'id="{node_id}"', definition, values)


def boundary(node_id: str, host: str, definition: str, *, interrupting: bool = True, **values: str) -> str:
    attributes = f'id="{node_id}" attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return _element("boundaryEvent", attributes, definition, values)


def receive(node_id: str, **values: str) -> str:
    return _element("receiveTask", f'id="{node_id}" messageRef="m_paid"', "", values)


def send(node_id: str, **values: str) -> str:
    return _element("sendTask", f'id="{node_id}" messageRef="m_paid"', "", values)


def subprocess(node_id: str, body: str) -> str:
    return f'<bpmn:subProcess id="{node_id}">{body}</bpmn:subProcess>'


def parallel(node_id: str) -> str:
    return f'<bpmn:parallelGateway id="{node_id}"/>'


def _element(kind: str, attributes: str, definition: str, values: dict[str, str]) -> str:
    extensions = f"<bpmn:extensionElements>{settings(**values)}</bpmn:extensionElements>" if values else ""
    return f"<bpmn:{kind} {attributes}>{extensions}{definition}</bpmn:{kind}>"
