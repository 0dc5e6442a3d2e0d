"""What to do about each finding, by its code. The finding says what is wrong; the sentence here says how to mend it.

The named fields are those of the finding. Translated like every other sentence.
"""

from typing import Final

from engine.language import N_

_OWN_MEANING: Final = N_("Check that the flow still does what was meant, and change the diagram where it does not.")

REMEDIES: Final[dict[str, str]] = {
    # files
    "xml.doctype": N_("Remove the DOCTYPE declaration; a definition needs none."),
    "xml.encoding": N_("Save the file in the encoding UTF-8."),
    "xml.syntax": N_("Open the file in a BPMN or DMN editor and save it again."),
    "xml.too_deep": N_("Take elements out of each other until fewer stand inside one another."),
    "xml.too_large": N_("Remove pictures and data of other programs from the file, or split the process."),
    "xml.too_many": N_("Remove data of other programs from the file, or split the process."),
    "lint.more": N_("Mend what is listed and check again."),
    "bpmn.no_process": N_("Mark the process to run as executable, or choose a BPMN file that has one."),
    "bpmn.several_processes": N_("Leave one process executable and mark the others as not executable."),
    "bpmn.too_large": N_("Move parts into a process of their own, in a file of its own."),
    "bpmn.unreadable": N_("Open the diagram in a BPMN editor, draw the named element again and save."),
    # ids, names, data
    "id.duplicate": N_("Give each element an id of its own."),
    "id.format": N_("Change it to letters a to z, digits, “_”, “-” and “.”, beginning with a letter."),
    "id.missing": N_("Give the element an id."),
    "id.reserved": N_("Choose another id."),
    "text.name_too_long": N_("Shorten the name or code."),
    "text.too_long": N_("Shorten the text; put explanations into the documentation of the element."),
    "message.twice": N_("Delete one of the two and let the events use the other."),
    "property.no_value": N_("Give the property a name and a value, or delete it."),
    "data.documentation": N_("Use process variables where data must be kept; the drawing may stay."),
    "data.store": N_("Read and write what must be kept by service tasks; the drawing may stay."),
    "data.nested": N_("Delete the arrow between the data object and “{element}”, or move both out of the subprocess."),
    "variable.unset": N_(
        "Correct the name “{variable}”, let an element set it, or name it in “fields” of the start event if the caller"
        " gives it."
    ),
    # elements
    "attribute.boolean": N_("Write “true” or “false”."),
    "element.unsupported": N_("Replace it by a supported element, such as a user task, service task or subprocess."),
    "script.refused": N_("Remove the script and use a script task with a FEEL expression instead."),
    "script.format": N_("Write it as a FEEL expression and set scriptFormat to “feel”."),
    "script.missing": N_("Write the FEEL expression that it computes."),
    "script.no_result": N_("Set the property result_variable."),
    "service.no_operator": N_("Choose a service of the catalogue."),
    "service.unknown": N_("Choose a service of the catalogue."),
    "service.parameter_missing": N_("Add the parameter “{parameter}” with a FEEL expression."),
    "service.parameter_unknown": N_("Delete the parameter “{parameter}”."),
    "service.parameter_no_type": N_("Give the parameter “{parameter}” the type that “{service}” expects."),
    "service.parameter_no_value": N_("Give the parameter “{parameter}” a FEEL expression."),
    "decision.missing": N_("Choose a decision."),
    "decision.unknown": N_("Choose a decision that exists, or add the DMN file that has “{decision}”."),
    "form.missing": N_("Set the property form_key to the name of a form."),
    "form.unknown": N_("Set the property form_key to a form that exists."),
    "task.nobody": N_("Set the property candidates to a list of people, or role to a role."),
    "task.candidates": N_("Write a FEEL list of people that begins with “=”, such as =[requester_id]."),
    "task.due_hours": N_("Set the property due_hours to the hours until it counts as late."),
    "role.unknown": N_("Set the property role to one of: {roles}."),
    "variable.name": N_("Use letters, digits and “_”, and no word of FEEL; part several names by spaces, not commas."),
    "call.missing": N_("Choose the process that it calls."),
    "call.unknown": N_("Add the process “{process}” to the file, or choose one that is in it."),
    "subprocess.empty": N_("Draw what happens inside from a start event to an end event, or delete it."),
    "call.empty": N_("Draw the process “{process}” from a start event to an end event."),
    "call.circle": N_("Take one of the calls out, so that the calls come to an end."),
    "loop.no_collection": N_("Set loopDataInputRef to the list, or loopCardinality to the number; not both."),
    "loop.no_item": N_("Set inputDataItem to the variable that holds one entry of the list."),
    "loop.no_output": N_("Set loopDataOutputRef and outputDataItem, or neither of them."),
    "loop.misplaced": N_("Remove the loop, or leave one on an activity."),
    "loop.behavior": N_("Remove the behaviour; put an event behind the activity instead."),
    "loop.endless": N_("Set loopCondition or loopMaximum."),
    "loop.maximum": N_("Set loopMaximum to a whole number from 1 to 999999, or remove it."),
    "expression.too_many": N_(
        "Put long lists and rules into decision tables, or move parts into a process of their own."
    ),
    "expression.invalid": N_("Correct the expression at this place; it must be FEEL."),
    # flows and gateways
    "start.count": N_("Leave exactly one start event in “{element}”."),
    "end.missing": N_("Add an end event and lead the last element to it."),
    "node.dead_end": N_("Lead it to the next element or to an end event."),
    "node.unreachable": N_("Draw a flow to it, or delete it."),
    "flow.dangling": N_("Connect both ends of the flow, or delete it."),
    "flow.crosses_scope": N_("End the flow at the border of the subprocess; begin another one inside."),
    "flow.wrong_end": N_("Lead the flow to a task, gateway or end event, and let it begin at something else."),
    "flow.several_leaving": N_("Put a gateway behind “{element}” that says which of the flows are taken."),
    "flow.condition_misplaced": N_("Put an exclusive gateway in front of the flow, or delete the condition."),
    "flow.runaway": N_("Put a task for a person, a message or a timer into the circle, or repeat over a list instead."),
    "gateway.no_default": N_("Mark one of its flows as the default flow."),
    "gateway.no_condition": N_("Give the flow a condition in FEEL, or mark it as the default flow."),
    "gateway.default_unknown": N_("Choose the default flow among those that leave “{element}”."),
    "gateway.doubled_flow": N_("Join the two conditions in one flow."),
    "gateway.deadlock": N_("Join the branches with an exclusive gateway, or split them with a parallel one."),
    "gateway.double_run": N_("Join the branches with a parallel gateway if it should run only once."),
    "gateway.event_type": N_("Set the gateway to exclusive and put it behind a start event."),
    "gateway.no_event": N_("Lead the flow from the gateway to a catch event or receive task of its own."),
    "gateway.no_race": N_("Add a second event behind it, or replace the gateway by the one event."),
    # events
    "event.definition_missing": N_("Say which message, signal or timer it waits for."),
    "event.several": N_("Leave one event definition; draw an event for each of the others."),
    "event.reference": N_("Put the event definition inside the event."),
    "event.start": N_(
        "Take that out: a process is started by its caller, a subprocess by the flow into it, a task by the one before."
    ),
    "event.conditional": N_("Wait for a message, a signal or a timer instead."),
    "event.compensation": N_("Draw the way back as flows, for instance behind an error boundary event."),
    "link.no_name": N_("Give the link a name."),
    "link.no_target": N_("Draw a link event that catches it, or a sequence flow instead."),
    "link.twice": N_("Give one of the two links another name."),
    "link.entered": N_("Lead the flow to the element behind it."),
    "event.unsupported": N_(
        "Take the definition out, or draw the same with messages, signals, timers, errors or flows."
    ),
    "boundary.never": N_("Attach it to an activity that throws it, or delete it."),
    "boundary.unattached": N_("Attach it to a task or subprocess."),
    "timer.missing": N_("Give it one date, duration or cycle."),
    "timer.invalid": N_("Write it as ISO 8601, such as P3D or 2027-01-31T09:00:00Z, or as FEEL."),
    "timer.cycle": N_("Attach it to a task without interrupting it, or wait for a date or duration."),
    "message.unknown": N_("Choose a message that has a name."),
    "message.correlation": N_("Give each message event the property “correlation”: what must be equal."),
    "signal.unknown": N_("Choose a signal that has a name."),
    "error.unknown": N_("Choose an error that exists."),
    "error.no_code": N_("Give the error a code."),
    "error.not_interrupting": N_("Make the event interrupting."),
    "error.uncaught": N_("Attach an error boundary event to the activity around it, for this error or for every one."),
    "escalation.uncaught": N_("Attach an escalation boundary event to the activity around it, or delete this one."),
    "escalation.unknown": N_("Choose an escalation that exists."),
    "escalation.no_code": N_("Give the escalation a code."),
    # decisions
    "dmn": N_("Correct this in a DMN editor."),
    # import
    "import.expressions": N_("Split the process in the system where it was drawn, and import the parts."),
    "import.no_process": N_("Choose a BPMN 2.0 file, such as one exported from a BPMN editor."),
    "import.expression": N_("Write it in FEEL."),
    "import.person": N_("Set the property candidates to a list of people, or role to a role."),
    "import.group": N_("Set the property role to one of the roles here."),
    "import.form_computed": N_("Set the property form_key to the form that it shows."),
    "import.due": N_("Set the property due_hours to the hours until it counts as late."),
    "import.service": N_("Choose a service of the catalogue, and check its parameters."),
    "import.send": N_("Let it send its message, or put a service task in front of it."),
    "import.decision_computed": N_("Choose a decision; ask it first which of several others to ask."),
    "import.decision_result": N_("Check what is read from it: with one output the value itself, else a context."),
    "import.call_computed": N_("Choose the process that it calls, and add that to the file."),
    "import.script": N_("Write it in FEEL, or let a service do it."),
    "import.listener": N_("Draw what the code did as a service task of its own."),
    "import.mapping": N_("Variables are shared here: read the first name, or set the second one in a script task."),
    "import.loop_computed": N_("Put the list into a variable first, in a script task, and name that variable."),
    "import.cron": N_("Write a cycle such as R/P1D on a boundary event, or a date in FEEL."),
    "import.name_computed": N_("Give it a name that stays the same; tell apart by the property “correlation”."),
    "import.several": N_("Mark another one as executable if that one should run."),
    "import.empty": N_("Draw what happens inside, or delete it."),
    "import.start": N_("Start the process where that happens; it does not begin by itself here."),
    "import.setting": _OWN_MEANING,
}


def remedy_of(code: str) -> str:
    """The sentence for a code, else that of its family (the part before the dot); empty when there is neither."""
    return REMEDIES.get(code) or REMEDIES.get(code.partition(".")[0], "")
