"""User tasks: who may do them, which form they show, when they are due."""

import re
from datetime import timedelta
from typing import Any, Final

from engine.bpmn.diagram import properties
from engine.bpmn.imports import vendor
from engine.bpmn.imports.expressions import is_expression
from engine.bpmn.imports.report import Report
from engine.bpmn.iso8601 import parse_duration
from engine.bpmn.xml import BPMN
from engine.errors import ExpressionInvalid
from engine.feel import compile_expression

_FORM_ENDINGS: Final = re.compile(r"\.(?:html|form|json)")
# `user(kermit), group(management)`: how resources are written out in Activiti and Flowable.
_GROUP: Final = re.compile(r"\s*(user|group)\s*\(([^()]*)\)\s*")
_FROM_NOW: Final = re.compile(r"now\(\)\s*\+\s*duration\(\s*\"([^\"]+)\"\s*\)")
_RESOURCES: Final = (f"{BPMN}potentialOwner", f"{BPMN}humanPerformer", f"{BPMN}performer")


def convert(root: Any, report: Report) -> None:
    """Put the assignments, forms and due dates of all user tasks into properties."""
    resources = {item.get("id", ""): item.get("name", "") for item in root.iter(f"{BPMN}resource")}
    for task in list(root.iter(f"{BPMN}userTask")):
        _assign(task, report)
        _assign_resources(task, resources, report)
        _show_form(task, report)
        _name_fields(task, report)
        _set_due(task, report)


def _assign(task: Any, report: Report) -> None:
    assignee, users = vendor.take(task, "assignee"), vendor.take(task, "candidateUsers")
    groups = vendor.take(task, "candidateGroups")
    for definition in vendor.take_children(task, "assignmentDefinition"):
        assignee = definition.get("assignee") or assignee
        users = definition.get("candidateUsers") or users
        groups = definition.get("candidateGroups") or groups
    if assignee:
        _set_candidates(task, assignee, report, is_list=False)
    if users:
        _set_candidates(task, users, report, is_list=True)
    if groups:
        _set_role(task, groups, report)


def _set_candidates(task: Any, who: str, report: Report, *, is_list: bool) -> None:
    """An expression is kept; a name or number of the other system says nothing here."""
    task_id = task.get("id", "")
    names = _constant_texts(who)
    if names is not None:
        report.warning(task_id, "import.person", "“{element}” was for {people}.", people=", ".join(names)[:200])
        return
    feel = report.feel(task_id, who)
    if feel is None or "candidates" in properties(task):
        return
    vendor.set_property(task, "candidates", "=" + (feel if is_list else f"[{feel}]"))
    report.change(task_id, "import.candidates", "“{element}” may be done by {people}.", people=feel[:200])


def _set_role(task: Any, groups: str, report: Report) -> None:
    task_id = task.get("id", "")
    names = _constant_texts(groups)
    if names is None:
        feel = report.feel(task_id, groups)
        if feel is not None:
            vendor.set_property(task, "role", "=" + feel)
            report.change(task_id, "import.role", "“{element}” may be done by the role {role}.", role=feel[:200])
        return
    if len(names) == 1 and "role" not in properties(task):
        vendor.set_property(task, "role", names[0])
        report.change(task_id, "import.role", "“{element}” may be done by the role {role}.", role=names[0][:200])
    report.warning(task_id, "import.group", "“{element}” was for the group {group}.", group=", ".join(names)[:200])


def _constant_texts(text: str) -> list[str] | None:
    """The names in `a, b` or, in Camunda 8, in `=["a", "b"]`; None for an expression that reads variables."""
    if not is_expression(text):
        return [name.strip() for name in text.split(",") if name.strip()]
    if not text.startswith("="):
        return None
    try:
        expression = compile_expression(text[1:])
        value = expression.evaluate({}) if not expression.names else None
    except ExpressionInvalid:
        return None
    texts = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    return texts if texts and texts == (value if isinstance(value, list) else [value]) else None


def _assign_resources(task: Any, resources: dict[str, str], report: Report) -> None:
    """The standard's own words: a resource by name, or an expression that names users and groups."""
    for owner in [child for child in task if child.tag in _RESOURCES]:
        reference = (owner.findtext(f"{BPMN}resourceRef") or "").strip()
        text = (owner.findtext(f"{BPMN}resourceAssignmentExpression/{BPMN}formalExpression") or "").strip()
        if properties(task).keys() & {"role", "candidates"}:
            return
        if resources.get(reference):
            _set_role(task, resources[reference], report)
        elif is_expression(text):
            _set_candidates(task, text, report, is_list=False)
        elif text:
            _assign_named(task, text, report)


def _assign_named(task: Any, text: str, report: Report) -> None:
    parts = [match.groups() for match in map(_GROUP.fullmatch, text.split(",")) if match]
    groups = [name for kind, name in parts if kind == "group"]
    users = [name for kind, name in parts if kind == "user"]
    if groups or not parts:
        _set_role(task, ",".join(groups) or text, report)
    if users:
        _set_candidates(task, ",".join(users), report, is_list=True)


def _show_form(task: Any, report: Report) -> None:
    key = vendor.take(task, "formKey", "formRef")
    for definition in vendor.take_children(task, "formDefinition"):
        key = definition.get("formId") or definition.get("externalReference") or definition.get("formKey") or key
    if not key or "form_key" in properties(task):
        return
    if is_expression(key):
        report.warning(
            task.get("id", ""),
            "import.form_computed",
            "“{element}” computed which form it shows: {expression}",
            expression=key[:200],
        )
        return
    # `embedded:app:forms/review.html` and `camunda-forms:bpmn:review` both mean the form `review`.
    form = _FORM_ENDINGS.sub("", key.replace(":", "/").rstrip("/").rsplit("/", 1)[-1])
    vendor.set_property(task, "form_key", form)
    report.change(task.get("id", ""), "import.form", "“{element}” shows the form {form}.", form=form[:200])


def _name_fields(task: Any, report: Report) -> None:
    """The fields of a generated form are what its answer may set."""
    names = [item.get("id", "") for item in vendor.take_children(task, "formProperty")]
    for form in vendor.take_children(task, "formData"):
        names += [item.get("id", "") for item in form]
    names = [name for name in names if name and not name.split()[1:]]
    if names and "fields" not in properties(task):
        vendor.set_property(task, "fields", " ".join(names))
        report.change(
            task.get("id", ""), "import.fields", "“{element}” asks for {fields}.", fields=" ".join(names)[:200]
        )


def _set_due(task: Any, report: Report) -> None:
    text = vendor.take(task, "dueDate")
    for schedule in vendor.take_children(task, "taskSchedule"):
        text = schedule.get("dueDate") or text
    if not text:
        return
    hours = _whole_hours(text)
    if hours is None:
        report.warning(task.get("id", ""), "import.due", "“{element}” was due at {due}.", due=text[:200])
    elif "due_hours" not in properties(task):
        vendor.set_property(task, "due_hours", f"={hours}")
        report.change(task.get("id", ""), "import.due_hours", "“{element}” is due after {hours} hours.", hours=hours)


def _whole_hours(text: str) -> int | None:
    """The hours in `PT8H` or `=now() + duration("PT8H")`; None for what is no whole number of them."""
    from_now = _FROM_NOW.fullmatch(text.removeprefix("=").strip())
    duration = parse_duration(from_now[1] if from_now else text)
    if duration is None or duration.months or duration.is_zero:
        return None
    hours, rest = divmod(duration.exact, timedelta(hours=1))
    return None if rest else hours
