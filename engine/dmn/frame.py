"""The values of a requirements graph while it is evaluated: each element once, those it requires before it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from engine.dmn.explanation import Explanation
from engine.dmn.run import DecisionRun
from engine.feel.convert import from_python
from engine.feel.nodes import TypeName
from engine.feel.scope import MISSING, DataScope, Scope
from engine.feel.types import NO_TYPES, Types


@dataclass(frozen=True, eq=False, kw_only=True)
class Element(ABC):
    """Anything that can be required. `variable` is the name under which those who require it read its value.

    `hidden` has the names of its model, each missing: what it does not require, it does not see (DMN 1.5, 10.4).
    """

    id: str
    name: str
    variable: str
    namespace: str = ""
    type_name: TypeName | None = None
    types: Types = field(default_factory=lambda: NO_TYPES, repr=False)
    requirements: tuple["Requirement", ...] = ()
    hidden: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @abstractmethod
    def value_in(self, frame: "Frame") -> Any:
        """Its value, when those of all it requires are there."""


@dataclass(frozen=True, eq=False)
class Requirement:
    """A required element, and the name of the import it comes through; empty for one of the same model."""

    alias: str
    element: Element


class Frame:
    """One evaluation of some elements. `given` values are taken instead of asking; `data` holds the input data.

    `qualified` has input data that is told apart by its namespace.
    """

    def __init__(
        self,
        data: DataScope,
        given: Mapping[Element, Any] | None = None,
        qualified: Mapping[tuple[str, str], Any] | None = None,
    ) -> None:
        self.data = data
        self.run = cast(DecisionRun, data.run)
        self.explanations: dict[Element, Explanation] = {}
        self._values: dict[Element, Any] = dict(given or {})
        self._qualified = qualified or {}

    def value(self, element: Element) -> Any:
        """The value of an element. Raises what expressions and strict tables raise."""
        waiting = [element]
        while waiting:
            top = waiting[-1]
            missing = [item.element for item in top.requirements if item.element not in self._values]
            if missing and top not in self._values:
                waiting.extend(missing)
                continue
            if top not in self._values:
                self._values[top] = top.value_in(self)
            waiting.pop()
        return self._values[element]

    def visible(self, element: Element) -> dict[str, Any]:
        """What an element sees by name: what it requires, imports as contexts."""
        names: dict[str, Any] = {}
        for requirement in element.requirements:
            value = self._values[requirement.element]
            if requirement.alias:
                names.setdefault(requirement.alias, {})[requirement.element.variable] = value
            else:
                names[requirement.element.variable] = value
        return names

    def scope_of(self, element: Element) -> Scope:
        """The scope of a decision: what it sees, over the data."""
        outer = Scope(element.hidden, self.data, self.run) if element.hidden else self.data
        names = self.visible(element)
        return Scope(names, outer, self.run) if names else outer

    def input(self, element: Element) -> Any:
        """The value given for input data; null if there is none."""
        key = (element.namespace, element.name)
        if key in self._qualified:
            return from_python(self._qualified[key], self.run)
        for name in (element.variable, element.name):
            value = self.data.get(name)
            if value is not MISSING:
                return value
        return None
