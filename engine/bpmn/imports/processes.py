"""Which of the processes in a file is the one to run, how it begins, and data that are drawing only."""

from typing import Any, Final

from engine.bpmn.diagram import FLOW_NODES, called_id
from engine.bpmn.imports.drawing import Drawing
from engine.bpmn.imports.report import Report
from engine.bpmn.lint.events import allows
from engine.bpmn.xml import BPMN, local_name

_ASSOCIATIONS: Final = (f"{BPMN}dataInputAssociation", f"{BPMN}dataOutputAssociation")


def convert(root: Any, report: Report) -> None:
    """Mark the process that runs, let it begin when its caller starts it, and take out what cannot be read."""
    processes = list(root.iter(f"{BPMN}process"))
    _choose(processes, report)
    for process in processes:
        if process.get("isExecutable") == "true":
            _begin(process, report)
    _remove_nested_data(root, report)
    _fill(root, report)


def _choose(processes: list[Any], report: Report) -> None:
    """Where the file itself says clearly what runs, it is believed. A pool without content never runs."""
    marked = [process for process in processes if process.get("isExecutable") == "true"]
    called = {called_id(activity) for process in processes for activity in process.iter(f"{BPMN}callActivity")}
    filled = sorted(processes, key=lambda process: (process.get("id") not in called, _size(process)), reverse=True)
    chosen = marked or filled[:1]
    for process in processes:
        wanted = "true" if process in chosen else "false"
        if process.get("id") in called:
            continue
        if process.get("isExecutable") != wanted and (wanted == "true" or "isExecutable" not in process.attrib):
            process.set("isExecutable", wanted)
            if wanted == "true":
                report.change(process.get("id", ""), "import.executable", "The process “{element}” is the one to run.")
            else:
                report.change(process.get("id", ""), "import.not_executable", "The process “{element}” does not run.")
    others = [
        process.get("id", "")
        for process in filled
        if process not in chosen and _size(process) and process.get("id") not in called
    ]
    if others and not marked:
        report.warning(
            chosen[0].get("id", ""), "import.several", "“{element}” was chosen to run; {others} too hold elements.",
            others=", ".join(others)[:200],
        )  # fmt: skip


def _size(process: Any) -> int:
    return sum(1 for element in process.iter(f"{BPMN}*") if local_name(element) in FLOW_NODES)


def _begin(process: Any, report: Report) -> None:
    """A process is started by its caller; what else should have started it is told."""
    starts = process.findall(f"{BPMN}startEvent")
    if len(starts) != 1:
        return
    for definition in [child for child in starts[0] if local_name(child).endswith("EventDefinition")]:
        trigger = local_name(definition)
        if not allows("startEvent", trigger):
            starts[0].remove(definition)
            report.warning(
                starts[0].get("id", ""), "import.start", "“{element}” began by a {trigger}.", trigger=trigger
            )
            report.change(starts[0].get("id", ""), "import.started", "“{element}” begins when the process is started.")


def _fill(root: Any, report: Report) -> None:
    """A subprocess that was drawn closed and never opened does nothing; to run it needs a beginning and an end."""
    taken = {str(element.get("id")) for element in root.iter() if element.get("id")}
    for part in list(root.iter(f"{BPMN}subProcess")):
        part_id = part.get("id", "")
        ids = [f"{part_id}_{name}" for name in ("start", "flow", "end")]
        if part.get("triggeredByEvent") == "true" or _size(part) > 1 or taken & set(ids) or not part_id:
            continue
        for kind, element_id in zip(("startEvent", "sequenceFlow", "endEvent"), ids, strict=True):
            part.append(part.makeelement(BPMN + kind, {"id": element_id}))
        part[-2].set("sourceRef", ids[0])
        part[-2].set("targetRef", ids[2])
        taken.update(ids)
        report.warning(part_id, "import.empty", "“{element}” is a subprocess without content.")
        report.change(part_id, "import.filled", "“{element}” got a start and an end, and does nothing between them.")


def _remove_nested_data(root: Any, report: Report) -> None:
    """Data objects only document, and two subprocesses deep they cannot be read at all."""
    removed: set[str] = set()
    for association in list(root.iter(*_ASSOCIATIONS)):
        if sum(1 for _ in association.iterancestors(f"{BPMN}subProcess")) >= 2:
            owner = association.getparent()
            owner.remove(association)
            removed.add(association.get("id", ""))
            report.change(
                owner.get("id", ""), "import.data", "The arrow between “{element}” and a data object was removed."
            )
    drawing = Drawing(root)
    for association_id in removed - {""}:
        drawing.remove_edge(association_id)
