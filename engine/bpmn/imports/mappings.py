"""Data that other systems pass into and out of elements. Here variables belong to the process, and all share them."""

from dataclasses import dataclass
from typing import Any

from engine.bpmn.imports import vendor
from engine.bpmn.imports.expressions import is_expression
from engine.bpmn.imports.report import Report
from engine.bpmn.xml import BPMN, local_name


@dataclass(frozen=True)
class Mapping:
    """One value that is passed: a text or expression `source`, and the name `target` that receives it."""

    source: str
    target: str

    @classmethod
    def of_field(cls, field: Any) -> "Mapping":
        """A `field` of Camunda 7 or Flowable, whose value may stand in an attribute or in a child."""
        inside = next((child.text for child in field if local_name(child) in ("string", "expression")), None)
        source = field.get("stringValue") or field.get("expression") or inside or ""
        return cls(source.strip(), field.get("name", ""))

    @classmethod
    def of_parameter(cls, parameter: Any) -> "Mapping":
        """A parameter of Camunda 7; one that holds a list, map or script is kept as the name of that."""
        inside = ", ".join(local_name(child) for child in parameter)
        return cls((inside or parameter.text or "").strip(), parameter.get("name", ""))

    @property
    def is_same(self) -> bool:
        """Does it pass a variable under its own name? Shared variables make that unnecessary."""
        bare = self.source.removeprefix("=").strip()
        if self.source[:2] in ("${", "#{"):
            bare = self.source[2:].removesuffix("}").strip()
        return is_expression(self.source) and bare == self.target

    def leave_open(self, element: Any, report: Report) -> None:
        """Tell the designer about a value that nothing passes on here."""
        report.error(
            element.get("id", ""),
            "import.mapping",
            "“{element}” passed {expression} as {variable}.",
            expression=self.source[:200],
            variable=self.target[:200],
        )


def convert(root: Any, report: Report) -> None:
    """Tell which values elements passed under other names. Services have taken theirs as parameters before."""
    for element in list(root.iter(f"{BPMN}*")):
        if element.tag == f"{BPMN}extensionElements" or not vendor.has_extensions(element):
            continue
        for item in [*take_inputs(element), *take_outputs(element), *_take_call(element)]:
            if not item.is_same:
                item.leave_open(element, report)


def take_inputs(element: Any) -> list[Mapping]:
    """The values that the element receives; takes them from the element."""
    found = [Mapping.of_field(field) for field in vendor.take_children(element, "field")]
    for holder in vendor.children(element, "ioMapping", "inputOutput"):
        for child in list(holder):
            if local_name(child) == "input":
                found.append(Mapping(child.get("source", ""), child.get("target", "")))
            elif local_name(child) == "inputParameter":
                found.append(Mapping.of_parameter(child))
            else:
                continue
            holder.remove(child)
    return found


def take_outputs(element: Any) -> list[Mapping]:
    """The values that the element hands on; takes them from the element. Call after `take_inputs`."""
    found = []
    for holder in vendor.take_children(element, "ioMapping", "inputOutput"):
        for child in holder:
            if local_name(child) == "output":
                found.append(Mapping(child.get("source", ""), child.get("target", "")))
            elif local_name(child) == "outputParameter":
                found.append(Mapping.of_parameter(child))
    return found


def _take_call(element: Any) -> list[Mapping]:
    """The variables that a call activity of Camunda 7 or Flowable passes."""
    found = []
    for child in vendor.take_children(element, "in", "out"):
        expression, source = child.get("sourceExpression"), child.get("source")
        if expression or source:
            found.append(Mapping(expression or f"${{{source}}}", child.get("target", "")))
    return found
