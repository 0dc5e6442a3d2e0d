"""What events refer to: messages, signals, errors and escalations, each with the name or code that it needs to run."""

from typing import Any, Final

from engine.bpmn.diagram import properties
from engine.bpmn.imports import vendor
from engine.bpmn.imports.expressions import constant_text, is_expression
from engine.bpmn.imports.report import Report
from engine.bpmn.xml import BPMN, local_name

# What each is known by: messages and signals by name, errors and escalations by code.
_KNOWN_BY: Final = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
_THROWS: Final = frozenset({"endEvent", "intermediateThrowEvent"})
_TASKS: Final = ("receiveTask", "sendTask")


def convert(root: Any, report: Report) -> None:
    """Complete the declarations, declare what events only name, and move correlations to the events."""
    for kind, attribute in _KNOWN_BY.items():
        for declared in list(root.iter(BPMN + kind)):
            _complete(declared, attribute, report)
    _correlate(root, report)
    taken = {str(element.get("id")) for element in root.iter() if element.get("id")}
    first = root.find(f"{BPMN}process")
    for kind in _KNOWN_BY:
        for holder in list(_holders(root, kind)):
            if not holder.get(f"{kind}Ref"):
                _declare(first, holder, kind, taken, report)


def _complete(declared: Any, attribute: str, report: Report) -> None:
    text, element_id = declared.get(attribute, ""), declared.get("id", "")
    if is_expression(text):
        constant = constant_text(text[1:]) if text.startswith("=") else None
        if constant is None:
            report.error(
                element_id, "import.name_computed", "The name of “{element}” was computed: {text}", text=text[:200]
            )
            return
        declared.set(attribute, constant)
    elif text or not element_id:
        return
    else:
        declared.set(attribute, declared.get("name") or element_id)
    report.change(element_id, "import.name", "“{element}” is called {name}.", name=declared.get(attribute)[:200])


def _holders(root: Any, kind: str) -> list[Any]:
    """Everything that must say which one it means. An error that is caught may leave it open: it is any."""
    found = list(root.iter(f"{BPMN}{kind}EventDefinition"))
    if kind == "message":
        return found + [task for name in _TASKS for task in root.iter(BPMN + name)]
    if kind == "signal":
        return found
    return [definition for definition in found if local_name(definition.getparent()) in _THROWS]


def _declare(process: Any, holder: Any, kind: str, taken: set[str], report: Report) -> None:
    """Diagrams that were drawn only to be looked at name the event itself."""
    owner = holder if local_name(holder) in _TASKS else holder.getparent()
    owner_id, name = owner.get("id", ""), " ".join(owner.get("name", "").split())
    new_id = f"{kind}_{owner_id}"
    if not owner_id or new_id in taken or owner.getparent() is None:
        return
    taken.add(new_id)
    known_by = _KNOWN_BY[kind]
    declared = process.makeelement(BPMN + kind, {"id": new_id, known_by: name or owner_id})
    process.addprevious(declared)
    holder.set(f"{kind}Ref", new_id)
    report.change(
        owner_id,
        "import.declared",
        "“{element}” means the {kind} {name}.",
        kind=kind,
        name=declared.get(known_by)[:200],
    )


def _correlate(root: Any, report: Report) -> None:
    """Camunda 8 says at the message what must be equal; here each event that waits for it does."""
    keys: dict[str, str] = {}
    for message in list(root.iter(f"{BPMN}message")):
        for subscription in vendor.take_children(message, "subscription"):
            feel = report.feel(message.get("id", ""), "=" + subscription.get("correlationKey", "").removeprefix("="))
            if feel:
                keys[message.get("id", "")] = feel
    for holder in _holders(root, "message") if keys else []:
        owner = holder if local_name(holder) in _TASKS else holder.getparent()
        feel = keys.get(holder.get("messageRef", ""))
        if feel and local_name(owner) not in _THROWS and "correlation" not in properties(owner):
            vendor.set_property(owner, "correlation", "=" + feel)
            report.change(
                owner.get("id", ""), "import.correlation", "“{element}” waits for what has {key}.", key=feel[:200]
            )
