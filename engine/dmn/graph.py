"""Builds the elements of the requirements graph, each after those that it requires."""

from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NamedTuple

from engine.bpmn.xml import local_name
from engine.dmn.boxed import Reader
from engine.dmn.decisions import Decision, DecisionService, InputData, KnowledgeModel
from engine.dmn.elements import child, children, expression_in
from engine.dmn.frame import Element, Requirement
from engine.dmn.model import Model
from engine.dmn.table_reader import read_table
from engine.feel import Expression
from engine.feel.builtins import BUILTINS
from engine.feel.functions import refuse_external
from engine.feel.nodes import TypeName

Key = tuple[str, str]
_LINKS: Final = {
    "requiredDecision": "decision",
    "requiredInput": "inputData",
    "requiredKnowledge": "businessKnowledgeModel",
    "outputDecision": "decision",
    "encapsulatedDecision": "decision",
    "inputDecision": "decision",
    "inputData": "inputData",
}
_MAX_CIRCLES: Final = 20
MAX_DEPTH: Final = 40
MAX_ELEMENTS: Final = 2_000


class _Link(NamedTuple):
    kind: str
    target: Key


class GraphReader:
    """Reads the elements of several models, of which the first tells its problems and those of the whole."""

    def __init__(self, models: list[Model]) -> None:
        self._first = models[0]
        self._models = {model.namespace: model for model in reversed(models)}
        self._done: dict[Key, Element] = {}

    def read(self) -> dict[Key, Element]:
        """Every element of every model by namespace and id."""
        keys = [(model.namespace, key) for model in self._models.values() for key in model.elements]
        if len(keys) > MAX_ELEMENTS:
            self._first.problems.error(
                "", "dmn.too_many", "The file has more than {limit} decisions and functions.", limit=MAX_ELEMENTS
            )
            return {}
        links = {key: self._links(key) for key in keys}
        order = self._in_order(links)
        if self._is_too_deep(order, links):
            return {}
        for key in order:
            self._done[key] = self._build(key, links[key])
        return self._done

    def _is_too_deep(self, order: list[Key], links: dict[Key, list[_Link]]) -> bool:
        """An explanation nests as deep as the requirements do."""
        depths: dict[Key, int] = {}
        for key in order:
            depths[key] = 1 + max((depths[link.target] for link in links[key]), default=0)
            if depths[key] > MAX_DEPTH:
                element_id = key[1] if key[0] == self._first.namespace else ""
                self._first.problems.error(
                    element_id, "dmn.too_deep", "The requirements are more than {limit} levels deep.", limit=MAX_DEPTH
                )
                return True
        return False

    def _build(self, key: Key, links: list[_Link]) -> Element:
        model = self._models[key[0]]
        element = model.elements[key[1]]
        return _BUILDERS[local_name(element)](_Plan(model, key[1], element, links, self._done))

    # -- links ----------------------------------------------------------------------------------------------------

    def _links(self, key: Key) -> list[_Link]:
        model = self._models[key[0]]
        found = (self._link(model, key[1], item) for item in _linking(model.elements[key[1]]))
        return [link for link in found if link is not None]

    def _link(self, model: Model, element_id: str, item: Any) -> _Link | None:
        namespace, _, key = item.get("href", "").rpartition("#")
        namespace = namespace or model.namespace
        if namespace != model.namespace and namespace not in model.aliases:
            model.problems.error(
                element_id, "dmn.no_import", "The file does not import the model “{model}”.", model=namespace
            )
        elif namespace not in self._models:
            model.problems.error(
                element_id, "dmn.unknown_import", "The imported model “{model}” is not there.", model=namespace
            )
        elif key not in self._models[namespace].elements:
            _report_unknown(model, element_id, local_name(item), key)
        else:
            return _Link(local_name(item), (namespace, key))
        return None

    def _in_order(self, links: dict[Key, list[_Link]]) -> list[Key]:
        """Keys, each after those it links to. Links within a circle are told and removed."""
        for _ in range(_MAX_CIRCLES):
            sorter = TopologicalSorter({key: [link.target for link in found] for key, found in links.items()})
            try:
                return list(sorter.static_order())
            except CycleError as error:
                self._break(set(error.args[1]), links)
        self._first.problems.error("", "dmn.circles", "The file has too many circles of requirements.")
        return []

    def _break(self, circle: set[Key], links: dict[Key, list[_Link]]) -> None:
        for namespace, key in sorted(circle):
            links[namespace, key] = [link for link in links[namespace, key] if link.target not in circle]
            self._models[namespace].problems.error(key, "dmn.circle", "The decision “{key}” requires itself.", key=key)


def _linking(element: Any) -> Iterator[Any]:
    """The elements with an href: in requirements, or directly in a decision service."""
    if local_name(element) == "decisionService":
        yield from (item for item in element if local_name(item) in _LINKS)
        return
    for requirement in (*children(element, "informationRequirement"), *children(element, "knowledgeRequirement")):
        yield from (item for item in requirement if local_name(item) in _LINKS)


def _report_unknown(model: Model, element_id: str, link: str, key: str) -> None:
    match _LINKS[link]:
        case "decision":
            model.problems.error(element_id, "dmn.unknown_decision", "The file has no decision “{key}”.", key=key)
        case "inputData":
            model.problems.error(element_id, "dmn.unknown_input", "The file has no input data “{key}”.", key=key)
        case _:
            model.problems.error(
                element_id, "dmn.unknown_knowledge", "The file has no business knowledge model “{key}”.", key=key
            )


class _Plan(NamedTuple):
    """What is known of one element when it is built."""

    model: Model
    key: str
    element: Any
    links: list[_Link]
    done: dict[Key, Element]

    def linked(self, kind: str) -> tuple[Element, ...]:
        return tuple(self.done[link.target] for link in self.links if link.kind == kind)

    def requirements(self) -> tuple[Requirement, ...]:
        """With the name of the import through which an element of another model is seen."""
        own, aliases = self.model.namespace, self.model.aliases
        return tuple(
            Requirement("" if link.target[0] == own else aliases[link.target[0]], self.done[link.target])
            for link in self.links
        )

    def common(self, type_name: TypeName | None, *, hides: bool = True) -> dict[str, Any]:
        """The fields that every element has."""
        return {
            "id": self.key,
            "name": self.element.get("name", self.key),
            "variable": self.model.variable_of(self.key),
            "namespace": self.model.namespace,
            "type_name": type_name,
            "types": self.model.types,
            "requirements": self.requirements(),
            "hidden": self.model.hidden if hides else {},
        }

    def reader(self, *bound: str) -> Reader:
        """A reader that knows all names of the model, required or not."""
        seen = {item.alias or item.element.variable for item in self.requirements()}
        keys = {item.element.variable for item in self.requirements() if item.alias}
        functions = {
            item.element.variable: names for item in self.requirements() if (names := _parameters(item)) is not None
        }
        return Reader(self.model, seen, keys, functions).within(*bound)

    def check_names(self, read: frozenset[str], *, is_function: bool = False) -> None:
        """Tell which elements of the model are read without being required."""
        seen = {item.alias or item.element.variable for item in self.requirements()}
        for name in sorted(name for name in read if name in self.model.hidden and name not in seen):
            if name not in BUILTINS and not (is_function and name == self.model.variable_of(self.key)):
                self.model.problems.error(
                    self.key,
                    "dmn.not_required",
                    "“{element}” reads “{name}” without requiring it. Draw the requirement.",
                    element=self.element.get("name", self.key),
                    name=name,
                )


def _parameters(requirement: Requirement) -> tuple[str, ...] | None:
    """The names of the parameters of a function of the same model; None for anything else."""
    match requirement:
        case Requirement(alias="", element=KnowledgeModel(parameters=parameters)):
            return tuple(name for name, _ in parameters)
        case Requirement(alias="", element=DecisionService(parameters=elements)):
            return tuple(item.variable for item in elements)
        case _:
            return None


def _build_input(plan: _Plan) -> InputData:
    type_name = plan.model.type_of(child(plan.element, "variable"))
    return InputData(**plan.common(type_name, hides=False))


def _build_decision(plan: _Plan) -> Decision:
    reader, name = plan.reader(), plan.element.get("name", plan.key)
    held = expression_in(plan.element)
    if held is not None and local_name(held) == "decisionTable":
        logic: Any = read_table(reader, held, name)
    else:
        logic = reader.expression(held)
    if held is None:
        _report_no_logic(plan, name)
    plan.check_names(frozenset(reader.read_names))
    return Decision(**plan.common(plan.model.type_of(child(plan.element, "variable"))), logic=logic)


def _report_no_logic(plan: _Plan, name: str) -> None:
    """A decision may be left to the caller, if a decision service takes it as an input."""
    href = f"#{plan.key}"
    services = children(plan.model.root, "decisionService")
    inputs = (item for service in services for item in children(service, "inputDecision"))
    if not any(item.get("href", "").endswith(href) for item in inputs):
        plan.model.problems.error(
            plan.key, "dmn.no_logic", "The decision “{key}” has neither a table nor an expression.", key=name
        )


def _build_knowledge(plan: _Plan) -> KnowledgeModel:
    logic, variable = child(plan.element, "encapsulatedLogic"), child(plan.element, "variable")
    model = plan.model
    if logic is None:
        return KnowledgeModel(**plan.common(model.result_type(variable)))
    held = expression_in(logic)
    type_name = model.result_type(variable) or model.result_type(logic) or model.type_of(held)
    parameters = plan.reader().parameters(logic)
    reader = plan.reader(*(name for name, _ in parameters))
    body = _external(reader, logic) if logic.get("kind", "FEEL") != "FEEL" else reader.expression(held)
    if body is not None:
        plan.check_names(body.names, is_function=True)
    return KnowledgeModel(**plan.common(type_name), parameters=parameters, body=body)


def _external(reader: Reader, logic: Any) -> Expression:
    reader.report_external(logic)
    return Expression("", refuse_external, (), ())


def _build_service(plan: _Plan) -> DecisionService:
    outputs = tuple(item for item in plan.linked("outputDecision") if isinstance(item, Decision))
    parameters = (*plan.linked("inputData"), *plan.linked("inputDecision"))
    common = plan.common(plan.model.result_type(child(plan.element, "variable")), hides=False)
    return DecisionService(**common | {"requirements": ()}, outputs=outputs, parameters=parameters)


_BUILDERS: Final[dict[str, Callable[[_Plan], Element]]] = {
    "inputData": _build_input,
    "decision": _build_decision,
    "businessKnowledgeModel": _build_knowledge,
    "decisionService": _build_service,
}
