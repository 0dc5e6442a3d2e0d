"""Conditions, counts and timers: the expressions that the standard itself has places for."""

import re
from typing import Any, Final

from engine.bpmn.imports.expressions import constant_text, is_expression, of_data_objects
from engine.bpmn.imports.report import Report
from engine.bpmn.xml import BPMN, local_name

_TIMES: Final = frozenset({"timeDate", "timeDuration", "timeCycle"})
_EXPRESSIONS: Final = _TIMES | {
    "conditionExpression", "condition", "completionCondition", "loopCondition", "loopCardinality",
}  # fmt: skip
_CRON: Final = re.compile(r"[\d*?][\w*/?,#-]*(?: +[\w*/?,#-]+){4,6}")


def convert(root: Any, report: Report) -> None:
    """Turn the expressions in standard places to FEEL."""
    for element in list(root.iter(*(BPMN + name for name in _EXPRESSIONS))):
        _convert_expression(element, report)


def _convert_expression(element: Any, report: Report) -> None:
    text, owner, kind = (element.text or "").strip(), _owner(element), local_name(element)
    language = element.get("language", "").lower()
    if kind == "timeCycle" and _CRON.fullmatch(text[:200]):
        report.error(owner, "import.cron", "“{element}” repeats by the calendar {calendar}.", calendar=text[:200])
    elif is_expression(text):
        feel = report.feel(owner, text)
        if feel is not None:
            _write(element, feel, report)
    elif text and ("xpath" in language or not language):
        feel = of_data_objects(text)
        if feel is not None:
            _write(element, feel, report)
    elif text and "feel" not in language:
        report.error(owner, "import.script", "“{element}” runs a script ({language}).", language=language[:100])


def _write(element: Any, feel: str, report: Report) -> None:
    """Put `feel` in the place of the text; a time that is a plain text needs no quotes."""
    before = (element.text or "").strip()
    element.text = (constant_text(feel) or feel) if local_name(element) in _TIMES else feel
    element.attrib.pop("language", None)
    report.change(
        _owner(element), "import.translated", "“{element}”: {before} is {expression} in FEEL.",
        before=before[:200], expression=element.text[:200],
    )  # fmt: skip


def _owner(element: Any) -> str:
    """The id of the flow, event or activity that the text belongs to."""
    for owner in element.iterancestors():
        if owner.get("id") and not local_name(owner).endswith(("EventDefinition", "Characteristics")):
            return str(owner.get("id"))
    return ""
